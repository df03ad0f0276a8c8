// What a person does to the runs that are chosen. The server decides what may be done, and what it asks first.
const acts = $("acts"), dialog = $("dialog"), told = $("told"), asked = $("asked"), typed = asked.querySelector("input");
const box = (row) => row.querySelector(".tick input");
const ticked = () => rows().filter((row) => box(row).checked);

function count() {
  const number = ticked().length;
  acts.hidden = !number;
  $("ticked").textContent = number === 1 ? "1 run" : `${number} runs`;
  const runs = ticked().filter((row) => row.querySelector(".status.completed")).map((row) => ["run", row.dataset.run]);
  if (number > 1 && runs.length === number) $("compare").href = `compare?${new URLSearchParams(runs)}`;
  else $("compare").removeAttribute("href");
  for (const button of acts.querySelectorAll("[data-one]")) button.disabled = number !== 1;
}

table.addEventListener("change", (event) => {
  if (event.target.closest("thead")) for (const row of rows()) if (!row.hidden) box(row).checked = event.target.checked;
  count();
});

function untick() {
  for (const tick of table.querySelectorAll(".tick input")) tick.checked = false;
  count();
}
$("untick").addEventListener("click", untick);

// Returns what was typed, or "" if nothing was to be; null if the person would rather not.
function question(text, button, label, value = "") {
  $("question").textContent = text;
  $("yes").textContent = button.textContent;
  asked.hidden = !label;
  asked.querySelector("span").textContent = label;
  typed.value = value;
  dialog.returnValue = "no";
  dialog.showModal();
  (label ? typed : $("yes")).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? typed.value : null), { once: true });
  });
}

typed.addEventListener("keydown", (event) => {  // Enter is for the first button of a form, which is another
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  dialog.close("yes");
});

async function ordered(action, wish) {
  const body = JSON.stringify(wish), headers = { "Content-Type": "application/json" };
  const answer = await fetch(`do/${action}`, { method: "POST", headers, body });
  if (answer.ok) return answer.json();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { said: [], faults: [page.querySelector("main p").textContent], ask: "" };
}

async function does(button) {
  const chosenRows = ticked(), runs = chosenRows.map((row) => row.dataset.run), action = button.dataset.act;
  let text = "";
  if (button.dataset.asks) {
    const [row] = chosenRows, has = (column) => row.querySelector(column)?.textContent.trim() ?? "";
    const value = runs.length > 1 ? "" : { note: has(".written"), promote: has("[data-column=corpus]") }[action] ?? "";
    text = await question(runs.length > 1 ? `${runs.length} runs` : runs[0], button, button.dataset.asks, value);
    if (text === null) return;
  }
  acts.inert = true;
  told.textContent = "";
  try {
    let outcome = await ordered(action, { runs, text });
    if (outcome.ask && (await question(outcome.ask, button)) !== null) outcome = await ordered(action, { runs, text, sure: true });
    told.textContent = [...outcome.faults, ...outcome.said].join("\n");
    told.classList.toggle("wrong", outcome.faults.length > 0);
  } catch {
    told.textContent = "`wordvectors ui` has ended, or does not answer.";
    told.classList.add("wrong");
  }
  acts.inert = false;
  await ask();
  count();
  if (acts.hidden) search.focus();
  else button.focus();
}
for (const button of acts.querySelectorAll("[data-act]")) button.addEventListener("click", () => does(button));
