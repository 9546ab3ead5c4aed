/* A thread that stays in step over a line that does not: the server's numbers decide.

   Every event has a number without gaps. What arrives twice is dropped, a jump asks again from
   the last number, and a message of ours is sent under its own id until it is accepted, so a
   lost connection loses and doubles nothing. Frames: broker/protocol.py. */
const root = document.querySelector("[data-thread]");
const list = root?.querySelector("[data-events]");
const QUIET_MS = 15000; // the server speaks every 5 s: longer silence is a dead line
const FATAL = new Set([4401, 4404, 4403]);

class Thread {
  constructor() {
    this.last = Number(root.dataset.head);
    this.othersSeen = Number(root.dataset.seen);
    this.told = 0;
    this.waiting = new Map(); // id -> {body, item}, in the order of writing
    this.tries = 0;
    this.status = root.querySelector("[data-status]");
    this.form = root.querySelector("[data-composer]");
    this.form?.addEventListener("submit", (event) => this.write(event));
    this.field?.addEventListener("input", () => this.tellTyping());
    this.field?.addEventListener("keydown", (event) => {
      // On a keyboard Enter sends and Shift+Enter breaks the line; on a phone Enter breaks it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      if (!matchMedia("(pointer: fine)").matches) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    addEventListener("online", () => this.connect());
    addEventListener("offline", () => this.show("offline"));
    addEventListener("beforeunload", (event) => { if (this.waiting.size) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => this.tellSeen());
    setInterval(() => this.watch(), 5000);
    list.scrollTop = list.scrollHeight;
    this.show("reconnecting");
    this.connect();
  }

  get field() { return this.form?.querySelector("textarea"); }

  connect() {
    if (this.socket && this.socket.readyState < 2) return;
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/questions/${root.dataset.question}/`);
    this.socket = socket;
    this.heardAt = Date.now();
    socket.addEventListener("open", () => this.say({ type: "resume", after: this.last }));
    socket.addEventListener("message", (message) => {
      this.heardAt = Date.now();
      const frame = JSON.parse(message.data);
      this[`on_${frame.type}`]?.(frame);
    });
    socket.addEventListener("close", (event) => { if (this.socket === socket) this.lost(event.code); });
  }

  lost(code) {
    this.live = false;
    if (FATAL.has(code)) { this.show("offline", "ended"); return; }
    this.show(navigator.onLine ? "reconnecting" : "offline");
    this.tries += 1;
    const pause = Math.min(15000, 400 * 2 ** Math.min(this.tries, 6)) * (0.5 + Math.random());
    this.timer = setTimeout(() => this.connect(), code === 4429 ? 10000 : pause);
  }

  watch() {
    if (this.socket?.readyState === 1 && Date.now() - this.heardAt > QUIET_MS) this.socket.close();
    else this.say({ type: "ping", seq: this.last });
  }

  say(frame) {
    if (this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  show(state, words = state) {
    this.status.dataset.state = state;
    this.status.textContent = this.status.dataset[words];
  }

  /* What the server says. */

  on_current() {
    this.tries = 0;
    this.live = true;
    this.show("connected");
    for (const [id, message] of this.waiting) if (!message.failed) this.say({ type: "send", id, body: message.body });
    this.tellSeen();
  }

  on_head(frame) {
    if (frame.head > this.last) this.say({ type: "resume", after: this.last });
    else if (!this.live) this.on_current();
  }

  on_event(frame) {
    if (frame.seq <= this.last) return;
    if (frame.seq > this.last + 1) { this.say({ type: "resume", after: this.last }); return; }
    this.last = frame.seq;
    const mine = frame.author === root.dataset.side;
    const pending = this.waiting.get(frame.id);
    this.waiting.delete(frame.id);
    pending?.item.remove();
    const item = bubble(frame, mine);
    const firstWaiting = this.waiting.values().next().value?.item;
    if (firstWaiting) firstWaiting.before(item);
    else list.append(item);
    if (mine) tick(item, frame.seq <= this.othersSeen ? "seen" : "sent");
    else root.querySelector("[data-typing]").hidden = true;
    list.scrollTop = list.scrollHeight;
    this.tellSeen();
    if (frame.kind !== "message") refresh();
    // The money follows the answer within seconds, outside the thread.
    if (frame.kind === "answer") for (const pause of [4000, 12000]) setTimeout(refresh, pause);
  }

  on_accepted(frame) {
    const pending = this.waiting.get(frame.id);
    if (pending && frame.seq <= this.last) { pending.item.remove(); this.waiting.delete(frame.id); }
  }

  on_error(frame) {
    const pending = frame.id && this.waiting.get(frame.id);
    if (!pending) { if (frame.code !== "RATE_LIMITED") this.refuse(frame.detail); return; }
    if (frame.code === "LATER" || frame.code === "RATE_LIMITED") {
      setTimeout(() => this.say({ type: "send", id: frame.id, body: pending.body }), 2000);
      return;
    }
    pending.failed = true;
    tick(pending.item, "failed");
    this.waiting.delete(frame.id);
    this.refuse(frame.detail);
    if (this.field && !this.field.value) this.field.value = pending.body;
    pending.item.remove();
  }

  on_seen(frame) {
    this.othersSeen = Math.max(this.othersSeen, frame.seq);
    for (const item of list.querySelectorAll("[data-mine]")) {
      if (Number(item.dataset.seq) <= this.othersSeen) tick(item, "seen");
    }
  }

  on_typing(frame) {
    const line = root.querySelector("[data-typing]");
    line.textContent = line.dataset[frame.author] || "";
    line.hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => { line.hidden = true; }, 4000);
  }

  on_state() { refresh(); }

  on_meter(frame) {
    const meter = document.querySelector("[data-meter]");
    if (!meter) return;
    meter.querySelector("[data-meter-minutes]").textContent = frame.minutes;
    meter.querySelector("[data-meter-euros]").textContent = euros.format(frame.cents / 100);
    meter.querySelector("[data-meter-progress]").value = frame.minutes;
    if (meter.dataset.state === frame.state) return;
    meter.dataset.state = frame.state;
    meter.querySelector("[data-meter-words]").textContent = meter.dataset[frame.state];
    if (frame.state === "ended") meter.querySelector("[data-meter-end]")?.remove();
  }

  /* What we say. */

  write(event) {
    event.preventDefault();
    const body = this.field.value.trim();
    if (!body) return;
    this.refuse("");
    const id = newId();
    const item = bubble({ id, kind: "message", author: root.dataset.side, body, at: new Date() }, true);
    tick(item, "sending");
    list.append(item);
    list.scrollTop = list.scrollHeight;
    this.waiting.set(id, { body, item });
    this.field.value = "";
    this.field.focus();
    if (this.live) this.say({ type: "send", id, body });
  }

  refuse(words) {
    const notice = root.querySelector("[data-refusal]");
    if (!notice) return;
    notice.textContent = words;
    notice.hidden = !words;
  }

  tellTyping() {
    if (Date.now() - (this.typedAt || 0) < 3000) return;
    this.typedAt = Date.now();
    this.say({ type: "typing" });
  }

  tellSeen() {
    if (document.visibilityState !== "visible" || !this.live) return;
    // What a physician signs was written with these messages on the screen.
    const against = document.querySelector("[data-against]");
    if (against) against.value = this.last;
    if (this.last > this.told && this.say({ type: "seen", seq: this.last })) this.told = this.last;
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris",
});

const euros = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });

function bubble(event, mine) {
  const item = document.createElement("li");
  const kind = event.kind === "state" ? "system" : event.kind === "answer" ? "answer" : mine ? "mine" : "theirs";
  item.className = `bubble bubble--${kind}`;
  if (event.seq) item.dataset.seq = event.seq;
  item.dataset.id = event.id;
  if (kind === "system") return item; // its words come with the page, see refresh
  if (mine) item.dataset.mine = "";
  const body = document.createElement("p");
  body.className = "bubble-body";
  body.dir = "auto";
  body.textContent = event.body;
  const meta = document.createElement("p");
  meta.className = "bubble-meta";
  const who = document.createElement("span");
  who.textContent = event.kind === "answer" ? list.dataset.answer : mine ? list.dataset.you : list.dataset[event.author] || "";
  const when = document.createElement("time");
  when.dateTime = new Date(event.at).toISOString();
  when.textContent = clock.format(new Date(event.at));
  meta.append(who, when);
  item.append(body, meta);
  return item;
}

function tick(item, state) {
  let ticks = item.querySelector(".ticks");
  if (!ticks) {
    ticks = document.createElement("span");
    item.querySelector(".bubble-meta")?.append(ticks);
  }
  const words = { sending: "sending", sent: "sent", seen: "read", failed: "failed" }[state];
  ticks.className = `ticks ticks--${state}`;
  const told = document.createElement("span");
  told.className = "sr-only";
  told.textContent = list.dataset[words];
  ticks.replaceChildren(told);
}

/* The question moved on: take what surrounds the thread from the page as it is now. */
let asked = 0;
async function refresh() {
  const mine = (asked += 1);
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of ["[data-state-card]", ".page-aside"]) {
    const now = page.querySelector(part);
    if (now) document.querySelector(part)?.replaceChildren(...now.childNodes);
  }
  for (const said of page.querySelectorAll(".bubble--system[data-seq]")) {
    const here = list.querySelector(`[data-seq="${said.dataset.seq}"]`);
    if (here && !here.textContent) here.textContent = said.textContent;
  }
  let after = root;
  for (const part of ["verdict", "compte-rendu"]) {
    const now = page.getElementById(part);
    if (!now) continue;
    const before = document.getElementById(part);
    if (before) before.replaceWith(now);
    else after.after(now);
    after = now;
  }
  if (!page.querySelector("[data-composer]")) root.querySelector("[data-composer]")?.remove();
}

if (root) new Thread();
