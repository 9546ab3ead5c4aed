// The demonstration page: starts a scene, follows its steps, draws how it ended.

const stage = document.getElementById("stage");
const words = stage.dataset;
const POLL_MS = 350;

function add(parent, tag, text = "", cls = "") {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (cls) made.className = cls;
  parent.append(made);
  return made;
}

const euros = (cents) =>
  (cents / 100).toLocaleString(document.documentElement.lang, { style: "currency", currency: "EUR" });

// The patient's page follows by itself; the physician's desk is another page after the claim.
function look(kind, path, step) {
  const pane = document.querySelector(`iframe[data-pane="${kind}"]`);
  const shown = `${path} ${kind === "physician" ? step : ""}`;
  if (!pane || !path || pane.dataset.shown === shown) return;
  pane.dataset.shown = shown;
  pane.src = new URL(path, pane.dataset.link).href;
}

function steps(seen) {
  const list = document.getElementById("stage-steps");
  list.replaceChildren();
  seen.steps.forEach((step, number) => {
    const item = add(list, "li", step.says);
    item.dataset.step = step.name;
    if (seen.done || number < seen.steps.length - 1) item.className = "done";
    else item.setAttribute("aria-current", "step");
  });
}

function tone(seen) {
  if (seen.failed) return ["failed", "unknown"];
  if (seen.outcome === "billable") return ["charged", "charged"];
  if (seen.outcome === "not_billable") return ["free", "free"];
  if (seen.outcome === "accepted") return seen.flags?.length ? ["flagged", "unknown"] : ["accepted", "free"];
  if (seen.outcome === "falsified") return ["falsified", "refused"];
  return ["refused", "refused"];
}

function verdict(parent, seen, title = "") {
  const [word, look] = tone(seen);
  const box = add(parent, "section", "", `verdict verdict--${look}`);
  box.dataset.outcome = seen.failed ? "failed" : seen.outcome;
  const head = add(box, "div", "", "verdict-head");
  add(head, "span", "", "verdict-seal").setAttribute("aria-hidden", "true");
  const said = add(head, "div");
  add(said, "h3", title ? `${title} : ${words[word]}` : words[word]);
  if (seen.failed) add(said, "p", seen.failed);
  if (seen.code) add(add(said, "p", "", "small"), "code", seen.code);
  const list = add(add(box, "div", "", "verdict-body"), "ul", "", "findings");
  for (const found of seen.findings ?? []) {
    const mark = { billable: "holds", flag_review: "unknown" }[found.outcome] ?? "fails";
    const item = add(list, "li", "", `finding finding--${mark}`);
    item.dataset.rule = found.rule;
    add(item, "p", found.reason, "finding-text");
    add(item, "p", found.article, "finding-article");
    add(item, "p", found.rule, "finding-rule");
  }
}

function books(parent, rows, names) {
  const side = add(parent, "div", "", "grid");
  for (const book of rows) {
    const table = add(side, "table", "", "table books");
    add(table, "caption", book.book === "platform" ? words.bookPlatform : words.bookPhysician);
    const body = add(table, "tbody");
    body.dataset.book = book.book;
    for (const [account, cents] of Object.entries(book.accounts)) {
      if (!cents) continue;
      const row = add(body, "tr");
      add(row, "td", names?.[account] ?? account);
      add(row, "td", euros(cents), "num");
    }
    const sum = add(add(table, "tfoot"), "tr");
    add(sum, "th", words.sum);
    add(sum, "td", euros(book.sum_cents), "num");
  }
}

function entry(parent, told) {
  if (!told?.subject) return;
  if (told.body) {
    const box = add(parent, "details");
    box.open = true;
    box.id = "stage-body";
    box.dataset.type = told.body.type;
    add(box, "summary", `${words.number} ${told.index} : ${told.body.type}`);
    add(box, "pre", JSON.stringify(told.body, null, 1), "entry-body").tabIndex = 0;
  }
  if (!words.reviewer) return;
  const link = add(add(parent, "p"), "a", words.entry);
  const to = new URL(words.reviewer);
  to.searchParams.set("next", `/ordre/${told.subject}/`);
  link.href = to.href;
  link.id = "stage-entry";
}

function falsified(parent, seen) {
  add(parent, "p", `${words.index} : ${seen.flipped}`).id = "stage-index";
  for (const [label, run] of [[words.intact, seen.before], [words.changed, seen.after]]) {
    add(parent, "h3", `${label} : ${run.status}`, "small");
    const told = add(parent, "pre", run.said, "entry-body");
    told.dataset.status = run.status;
    told.tabIndex = 0;
  }
}

function end(seen) {
  const parent = document.getElementById("stage-end");
  parent.replaceChildren();
  if (seen.offers) {
    for (const offer of seen.offers) verdict(parent, offer, `${offer.label}, ${euros(offer.price_cents)}`);
  } else {
    verdict(parent, seen);
  }
  if (seen.source?.trim()) add(parent, "p", seen.source).id = "stage-source";
  if (seen.received) {
    add(parent, "p", `${words.physician} : ${euros(seen.received.physician)}`).id = "stage-physician";
    add(parent, "p", `${words.platform} : ${euros(seen.received.platform)}`).id = "stage-platform";
  }
  if (seen.after) falsified(parent, seen);
  if (seen.books?.length) books(parent, seen.books, seen.names);
  entry(parent, seen.entry);
  stage.hidden = false;
  stage.dataset.done = "yes";
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  stage.scrollIntoView({ behavior: still ? "instant" : "smooth", block: "nearest" });
}

async function follow(run) {
  const buttons = document.querySelectorAll("[data-scene]");
  buttons.forEach((one) => { one.disabled = true; });
  stage.hidden = true;
  delete stage.dataset.done;
  document.getElementById("stage-steps").replaceChildren();
  try {
    for (;;) {
      const answer = await fetch(`/demo/scenes/${run}.json`);
      const seen = await answer.json();
      if (!answer.ok) return end({ failed: seen.code, findings: [] });
      const button = document.querySelector(`button[data-scene="${seen.scene}"]`);
      stage.dataset.scene = seen.scene;
      document.getElementById("stage-title").textContent =
        button.closest(".scene").querySelector("h2").textContent;
      steps(seen);
      const step = seen.done ? "done" : seen.steps.at(-1)?.name;
      look("patient", seen.patient, step);
      look("physician", seen.physician, step);
      if (seen.done) return end(seen);
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
  } finally {
    buttons.forEach((one) => { one.disabled = false; });
  }
}

document.getElementById("scenes").addEventListener("submit", async (event) => {
  event.preventDefault();
  const sent = { method: "POST", body: new FormData(event.target), headers: { Accept: "application/json" } };
  const answer = await fetch(event.target.action, sent);
  const said = await answer.json();
  if (answer.ok) await follow(said.run);
  else end({ failed: said.detail ?? said.code, findings: [] });
});

// A click that came before this script led back here with the run in the address.
const begun = new URLSearchParams(location.search).get("run");
if (begun && /^[0-9a-f-]{36}$/.test(begun)) follow(begun);
