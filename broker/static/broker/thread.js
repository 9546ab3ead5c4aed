/* The live thread. The server's numbered events are the truth; the socket only brings them.
   What was not acknowledged is sent again under the same id, so nothing is lost or doubled.
   Frames and codes are those of broker/protocol.py. */
const root = document.querySelector("[data-thread]");
const list = root.querySelector("[data-events]");
const status = root.querySelector("[data-status]");
const typingLine = root.querySelector("[data-typing]");
const composer = root.querySelector("[data-composer]");
const refusal = root.querySelector("[data-refusal]");
const stateCard = document.querySelector("[data-state-card]");
const words = list.dataset;
const side = root.dataset.side;
const language = document.documentElement.lang || "fr";
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
// Closed for good: signed out, or not ours to see.
const FINAL = new Set([4401, 4404]);

let socket = null;
let last = Number(root.dataset.head);
let live = false;
let tries = 0;
let otherSeen = Number(root.dataset.seen);
let typingTimer = 0;
let typedAt = 0;
const waiting = new Map();

function say(state, sentence) {
  status.dataset.state = state;
  status.textContent = sentence;
}

function put(frame) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws/questions/${root.dataset.question}/`);
  socket.addEventListener("open", () => put({ type: "resume", after: last }));
  socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => lost(event.code));
}

function lost(code) {
  live = false;
  if (FINAL.has(code)) {
    say("offline", status.dataset.ended);
    return;
  }
  say(navigator.onLine ? "reconnecting" : "offline", navigator.onLine ? status.dataset.reconnecting : status.dataset.offline);
  const pause = Math.min(15000, 400 * 2 ** Math.min(tries, 6)) * (0.7 + Math.random() * 0.6);
  tries += 1;
  setTimeout(connect, pause);
}

const hearers = {
  event(frame) {
    if (frame.seq <= last) return;
    if (frame.seq > last + 1) { put({ type: "resume", after: last }); return; }
    last = frame.seq;
    show(frame);
    seen();
  },
  current() {
    live = true;
    tries = 0;
    say("connected", status.dataset.connected);
    for (const [id, body] of waiting) put({ type: "send", id, body });
    seen();
  },
  accepted(frame) {
    waiting.delete(frame.id);
    tick(bubbleOf(frame.id), "sent");
  },
  head(frame) {
    if (frame.head > last) put({ type: "resume", after: last });
    else put({ type: "ping", seq: last });
  },
  seen(frame) {
    otherSeen = Math.max(otherSeen, frame.seq);
    for (const one of list.querySelectorAll("[data-mine][data-seq]")) {
      if (Number(one.dataset.seq) <= otherSeen) tick(one, "seen");
    }
  },
  typing(frame) {
    typingLine.textContent = typingLine.dataset[frame.author] || "";
    typingLine.hidden = false;
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => { typingLine.hidden = true; }, 4000);
  },
  state(frame) { moved(frame.state); },
  error(frame) {
    if (frame.code === "RATE_LIMITED" || frame.code === "LATER") {
      setTimeout(() => { for (const [id, body] of waiting) put({ type: "send", id, body }); }, 2000);
      return;
    }
    refusal.textContent = frame.detail;
    refusal.hidden = false;
    if (!frame.id) return;
    waiting.delete(frame.id);
    tick(bubbleOf(frame.id), "failed");
  },
  pong() {},
};

function hear(frame) {
  hearers[frame.type]?.(frame);
}

function bubbleOf(id) {
  return list.querySelector(`[data-id="${CSS.escape(id)}"]`);
}

function tick(bubble, how) {
  const mark = bubble?.querySelector("[data-ticks]");
  if (!mark) return;
  mark.className = `ticks ticks--${how}`;
  mark.firstElementChild.textContent = { sending: words.sending, sent: words.sent, seen: words.read, failed: words.failed }[how];
}

function part(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function show(event) {
  typingLine.hidden = true;
  const before = event.id && bubbleOf(event.id);
  if (before) {
    before.dataset.seq = event.seq;
    tick(before, event.seq <= otherSeen ? "seen" : "sent");
    waiting.delete(event.id);
    list.append(before);
    return;
  }
  const bubble = bubbleFor(event);
  bubble.dataset.seq = event.seq;
  list.append(bubble);
  list.scrollTop = list.scrollHeight;
  if (event.kind === "answer" || event.kind === "state") moved();
}

function bubbleFor(event) {
  if (event.kind === "state") return part("li", "bubble bubble--system", event.body);
  const mine = event.author === side;
  const look = event.kind === "answer" ? "answer" : mine ? "mine" : "theirs";
  const bubble = part("li", `bubble bubble--${look}`);
  bubble.dataset.id = event.id;
  const body = part("p", "bubble-body", event.body);
  body.dir = "auto";
  const meta = part("p", "bubble-meta");
  meta.append(part("span", "", event.kind === "answer" ? words.answer : mine ? words.you : words[event.author]));
  const at = part("time", "", clock.format(new Date(event.at)));
  at.dateTime = event.at;
  meta.append(at);
  if (mine) {
    bubble.dataset.mine = "";
    const mark = part("span", "ticks ticks--sending");
    mark.dataset.ticks = "";
    mark.append(part("span", "sr-only", words.sending));
    meta.append(mark);
  }
  bubble.append(body, meta);
  return bubble;
}

function seen() {
  if (live && document.visibilityState === "visible" && last > 0) put({ type: "seen", seq: last });
}

/* The page around the thread is the server's: when the question moved, it is asked for again,
   unless something is being written that a reload would lose. */
async function moved() {
  if (!stateCard) return;
  const answer = await fetch(stateCard.dataset.url, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const now = await answer.json();
  const changed = now.state !== stateCard.dataset.shown;
  if (changed && !writing()) location.reload();
}

function writing() {
  const fields = [...document.querySelectorAll("textarea, form.card input[type=text]")];
  return waiting.size > 0 || fields.some((field) => field.value.trim() && field.value !== field.defaultValue);
}

function send(body) {
  const id = crypto.randomUUID ? crypto.randomUUID() : fallbackId();
  waiting.set(id, body);
  list.append(bubbleFor({ kind: "message", author: side, id, body, at: new Date().toISOString() }));
  list.scrollTop = list.scrollHeight;
  if (live) put({ type: "send", id, body });
}

function fallbackId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

if (composer) {
  const field = composer.elements.namedItem("body");
  composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = field.value.trim();
    if (!body) return;
    refusal.hidden = true;
    send(body);
    field.value = "";
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  field.addEventListener("input", () => {
    if (Date.now() - typedAt < 2000) return;
    typedAt = Date.now();
    put({ type: "typing" });
  });
}

document.addEventListener("visibilitychange", seen);
window.addEventListener("online", () => { if (socket?.readyState === WebSocket.CLOSED) connect(); });
list.scrollTop = list.scrollHeight;
say("reconnecting", status.dataset.reconnecting);
connect();
