/* Keeps an answer while it is written: a moment after the last key, and when the page is left.
   Without this script the button below the form does the same. */
const form = document.querySelector("form[data-keep]");
const WAIT = 4000;
let timer = null;
let kept = form ? typed() : "";

function typed() {
  return new URLSearchParams(new FormData(form)).toString();
}

async function keep() {
  const now = typed();
  if (now === kept || form.dataset.sent) return;
  const answer = await fetch(form.dataset.keep, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
    keepalive: now.length < 60000,
  }).catch(() => null);
  if (!answer?.ok) return;
  kept = now;
  const at = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  const said = form.querySelector("[data-kept]");
  said.textContent = `${said.dataset.says} ${at}`;
}

if (form) {
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, WAIT); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
}
