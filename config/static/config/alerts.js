/* For physicians, on every page: how many alerts wait, asked anew every ten seconds, and a sound
   when one more does. A browser lets a page sound only after a click on it: the alerts page has a
   button for that. Without this script the count is that of the page's load.
   [data-alerts="address"]: the count; #alerts: the list, taken anew when it changes. */
const count = document.querySelector("[data-alerts]");
const french = document.documentElement.lang === "fr";
const title = document.title;
let newest = null;
let sound = null;

function beep() {
  if (sound?.state !== "running") return;
  const tone = sound.createOscillator();
  const volume = sound.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.2, sound.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + 0.8);
  tone.connect(volume).connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.8);
}

async function renewList() {
  const list = document.getElementById("alerts");
  if (!list || list.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("alerts");
  if (now) list.replaceChildren(...now.childNodes);
}

async function ask() {
  const answer = await fetch(count.dataset.alerts, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const said = await answer.json();
  const changed = newest !== said.newest || count.textContent !== String(said.waiting);
  if (newest !== null && said.newest && newest !== said.newest) beep();
  newest = said.newest ?? "";
  count.textContent = said.waiting;
  count.hidden = !said.waiting;
  document.title = said.waiting ? `(${said.waiting}) ${title}` : title;
  if (changed) await renewList();
}

if (count) {
  ask();
  setInterval(ask, 10000);
}

for (const button of document.querySelectorAll("[data-sound]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    sound = sound ?? new AudioContext();
    await sound.resume();
    beep();
    button.textContent = french ? "Le son est activé" : "The sound is on";
    button.disabled = true;
  });
}
