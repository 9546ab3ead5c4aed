/* Small comforts; every page works without them.
   form: a second click on a button that has already sent does nothing.
   textarea[maxlength] + .counter[data-for="id"]: says how many characters are left.
   .deadline[data-until="ISO instant"]: counts down, and turns near (under an hour) then late.
   [data-refresh="5"] with an id: taken anew from the page every 5 s, while nobody types in it;
   where the new page has no such region the whole page is loaded.
   button[data-opens="id"], dialog button[data-closes]: open and close a <dialog>. */
const french = document.documentElement.lang === "fr";
const number = new Intl.NumberFormat(document.documentElement.lang);

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (!("live" in form.dataset || "composer" in form.dataset)) form.dataset.sent = "1";
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

for (const counter of document.querySelectorAll(".counter[data-for]")) {
  const field = document.getElementById(counter.dataset.for);
  if (!field || field.maxLength < 0) continue;
  const say = () => {
    const held = `${number.format(field.value.length)} ${french ? "sur" : "of"} ${number.format(field.maxLength)}`;
    counter.textContent = `${held} ${french ? "caractères" : "characters"}`;
  };
  field.addEventListener("input", say);
  say();
}

function left(seconds) {
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} ${french ? "jours" : "days"}`;
}

function countDown(where = document) {
  for (const one of where.querySelectorAll(".deadline[data-until]")) {
    const seconds = (new Date(one.dataset.until) - Date.now()) / 1000;
    if (Number.isNaN(seconds)) continue;
    one.classList.toggle("deadline--late", seconds <= 0);
    one.classList.toggle("deadline--near", seconds > 0 && seconds < 3600);
    if (seconds > 0) one.textContent = `${french ? "Reste" : "Due in"} ${left(seconds)}`;
    else one.textContent = french ? "Délai dépassé" : "Overdue";
  }
}
countDown();
setInterval(() => countDown(), 15000);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  event.target.closest("[data-closes]")?.closest("dialog")?.close();
});

// What somebody is about to press, or to fill in, does not go away under their hand.
const inUse = (region) => region.contains(document.activeElement) || region.matches(":active");

for (const region of document.querySelectorAll("[data-refresh][id]")) {
  setInterval(async () => {
    if (document.hidden || inUse(region)) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById(region.id);
    if (!now) { location.reload(); return; } // another page stands at this address now
    countDown(region);
    countDown(now);
    if (now.textContent === region.textContent || inUse(region)) return;
    region.replaceChildren(...now.childNodes);
  }, Number(region.dataset.refresh) * 1000);
}
