"use strict";
// The list of runs: put in order, filtered, its columns chosen; and kept up to date where it is served.
const $ = (id) => document.getElementById(id);
const table = $("runs"), search = $("search"), shown = $("shown"), by = $("by"), chooser = $("columns");
const body = () => table.tBodies[0], rows = () => [...body().rows];
const headings = () => [...table.tHead.rows[0].cells].filter((cell) => cell.dataset.column);
const named = new URLSearchParams(location.hash.slice(1));  // how the list is looked at stays when it is loaded again
let order = { column: named.get("by") ?? "", down: named.has("down") };
search.value = named.get("filter") ?? "";
const chosen = new Map((named.get("columns") ?? "").split("|").filter(Boolean).map((text) => [text.slice(1), text[0] === "+"]));
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];

function keep() {
  const columns = [...chosen].map(([name, on]) => (on ? "+" : "-") + name).join("|");
  const looked = { by: order.column, down: order.down ? "1" : "", filter: search.value, columns };
  history.replaceState(null, "", "#" + new URLSearchParams(Object.entries(looked).filter(([, value]) => value)));
}

// ---- order ----
function compare(a, b) {
  const [x, y] = [a, b].map((row) => [...row.cells].find((cell) => cell.dataset.column === order.column)?.dataset.order ?? "");
  if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1);  // what has nothing is last, whichever way
  const numbers = [x, y].map(Number);
  const difference = numbers.some(Number.isNaN) ? x.localeCompare(y) : numbers[0] - numbers[1];
  return order.down ? -difference : difference;
}

function put() {
  const now = rows();
  const wanted = [...now].sort((a, b) => (order.column ? compare(a, b) : 0) || a.dataset.number - b.dataset.number);
  if (wanted.some((row, index) => row !== now[index])) {
    const focused = document.activeElement;
    body().append(...wanted);
    if (table.contains(focused)) focused.focus({ preventScroll: true });
  }
  for (const heading of headings()) {
    if (heading.dataset.column === order.column) heading.setAttribute("aria-sort", order.down ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  }
  by.value = order.column && `${order.down ? "-" : "+"}${order.column}`;
}

function orderBy(column) {
  const numeric = rows().some((row) => [...row.cells].some((cell) => cell.dataset.column === column && Number(cell.dataset.order)));
  if (order.column !== column) order = { column, down: numeric || column.startsWith("created") };
  else if (order.down === (numeric || column.startsWith("created"))) order = { column, down: !order.down };
  else order = { column: "", down: false };
  put();
  keep();
}

// ---- filter ----
const textOf = (row) => row.textContent.replace(/\s+/g, " ").toLowerCase();
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), all = rows();
  for (const row of all) row.hidden = !words.every((word) => textOf(row).includes(word));
  const left = all.filter((row) => !row.hidden).length;
  shown.textContent = words.length ? `${left} of ${all.length} runs` : `${all.length} runs`;
}

// ---- columns ----
const isChosen = (heading) => chosen.get(heading.dataset.column) ?? !("unshown" in heading.dataset);
function hide() {
  const hidden = headings().filter((heading) => !isChosen(heading)).map((heading) => heading.cellIndex + 1);
  sheet.replaceSync(hidden.map((number) => `#runs tr > :nth-child(${number}) { display: none !important; }`).join("\n"));
}

function dress() {  // what the script adds to the headings
  const options = [new Option("newest", "")];
  chooser.replaceChildren();
  for (const heading of headings()) {
    const name = heading.dataset.column, button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => orderBy(name));
    heading.replaceChildren(button);
    options.push(new Option(`${name} ↓`, `-${name}`), new Option(`${name} ↑`, `+${name}`));
    if (name === "run") continue;
    const box = document.createElement("input"), label = document.createElement("label");
    box.type = "checkbox";
    box.checked = isChosen(heading);
    box.addEventListener("change", () => { chosen.set(name, box.checked); hide(); keep(); });
    label.append(box, name);
    chooser.append(label);
  }
  by.replaceChildren(...options);
}

function look() {
  rows().forEach((row, index) => { row.dataset.number ??= index; });
  put();
  filter();
  hide();
}

search.addEventListener("input", () => { filter(); keep(); });
by.addEventListener("change", () => { order = { column: by.value.slice(1), down: by.value[0] === "-" }; put(); keep(); });
dress();
look();
$("tools").hidden = false;

// ---- up to date ----
// The page as it is now is asked for, and what differs takes the place of what is there, cell by cell: what has the
// focus, or is ticked, stays so.
function take(fresh) {
  const newTable = fresh.getElementById("runs");
  for (const id of ["counts", "below"]) $(id).replaceWith(fresh.getElementById(id));
  const names = (of) => [...of.tHead.rows[0].cells].map((cell) => cell.dataset.column ?? "").join("|");
  const sameColumns = names(newTable) === names(table);
  const old = new Map(rows().map((row) => [row.dataset.run, row]));
  const kept = [...newTable.tBodies[0].rows].map((row, number) => {
    row.dataset.number = number;
    const there = old.get(row.dataset.run);
    if (there?.querySelector("input")?.checked) row.querySelector("input").checked = true;
    if (!there || !sameColumns) return row;
    there.dataset.number = number;
    for (const [index, cell] of [...row.cells].entries()) {
      if (!cell.isEqualNode(there.cells[index])) there.cells[index].replaceWith(cell);
    }
    return there;
  });
  for (const row of old.values()) if (!kept.includes(row)) row.remove();
  body().append(...kept.filter((row) => !row.isConnected || row.parentNode !== body()));
  if (!sameColumns) {
    table.tHead.replaceWith(newTable.tHead);
    dress();
  }
  look();
  table.dispatchEvent(new Event("change"));
}

let mark = "", asking = 0, waiting = false;
async function ask() {
  clearTimeout(asking);
  if (!document.hidden && !waiting) {
    waiting = true;
    try {
      const answer = await fetch(location.pathname, { headers: mark ? { "If-None-Match": mark } : {} });
      const said = answer.status === 304 ? null : new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.ok) {
        mark = answer.headers.get("ETag");
        take(said);
      }
      $("stale").textContent = answer.ok || !said ? "" : `Not up to date: ${said.querySelector("main p").textContent}`;
    } catch {
      $("stale").textContent = "Not up to date: `wordvectors ui` has ended, or does not answer.";
    }
    waiting = false;
  }
  asking = setTimeout(ask, 1000 * table.dataset.seconds);
}
if (table.dataset.seconds) {
  document.addEventListener("visibilitychange", ask);
  asking = setTimeout(ask, 1000 * table.dataset.seconds);
}
