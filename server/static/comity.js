// What pages do better with a script: completion of names, copying, sorting of tables, a compact control on phones.
"use strict";

const root = new URL("..", document.currentScript.src).pathname.replace(/\/$/, "");

/** Completes what is typed into a field from the names in the graph (combobox pattern of ARIA). */
function complete(input, number) {
  const list = document.createElement("ul");
  list.id = `names-${number}`;
  list.className = "names";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  const holder = document.createElement("span");
  holder.className = "completes";
  // Moving the field takes the focus from it, also from somebody who is typing while the page loads.
  const typing = document.activeElement === input;
  input.replaceWith(holder);
  holder.append(input, list);
  if (typing) input.focus({ preventScroll: true });
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) input.setAttribute(name, value);
  let timer, asked = 0, at = -1;

  // An answer still under way must not replace the list that someone is choosing from, nor open one that was closed.
  const forget = () => { clearTimeout(timer); asked += 1; };
  const close = () => { forget(); list.hidden = true; at = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const mark = (next) => {
    const options = list.children;
    if (!options.length) return;
    forget();
    at = (next + options.length) % options.length;
    [...options].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    options[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[at].id);
  };
  const take = (option) => { input.value = option.dataset.value; close(); input.dispatchEvent(new Event("change", { bubbles: true })); };

  async function ask() {
    const text = input.value.trim();
    if (text.length < 2) return close();
    const mine = ++asked;
    const answer = await fetch(`${root}/complete?type=${input.dataset.complete}&q=${encodeURIComponent(text)}`).catch(() => null);
    if (mine !== asked || !answer || !answer.ok) return;
    const found = await answer.json();
    list.replaceChildren(...found.map((one, place) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.value = one.name;
      option.textContent = one.name;
      const kind = document.createElement("small");
      kind.textContent = one.via ? ` “${one.via}”, ${one.kind}` : ` ${one.kind}`;
      option.append(kind);
      option.addEventListener("mousedown", (event) => { event.preventDefault(); take(option); });
      return option;
    }));
    list.hidden = !found.length || document.activeElement !== input;
    at = -1;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  if (typing && input.value) timer = setTimeout(ask, 120);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(at - 1); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      take(list.children[at]);
      // A choice is the answer where nothing else is to be filled in; a form that changes something is sent by its button.
      if (input.form && input.form.method === "get" && input.form.checkValidity()) input.form.requestSubmit();
    }
  });
}

/** Copies a field, or the text of an element, to the clipboard. */
function copies(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    try { await navigator.clipboard.writeText(field.value ?? field.textContent); } catch { getSelection().selectAllChildren(field); field.select?.(); document.execCommand("copy"); }
    const words = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = words; }, 1500);
  });
}

/** Lets a table be sorted by a column: buttons in its head. */
function sorts(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (!head.textContent.trim() || head.querySelector(".visually-hidden")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sorter";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      [...table.tHead.rows[0].cells].forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[column].dataset.sort || row.cells[column].textContent.trim();
      const order = new Intl.Collator("en", { numeric: true });
      body.append(...[...body.rows].sort((a, b) => order.compare(value(a), value(b)) * (down ? -1 : 1)));
    });
  });
}

/** Shows only those entries of a list or rows of a table that hold all the words typed and are in the groups chosen; a section of lists without any is hidden. */
function filters(input) {
  const form = input.closest("[hidden]");
  form.hidden = false;
  const entries = [...document.querySelectorAll(input.dataset.filter)];
  const narrow = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const groups = [...form.querySelectorAll("select")].map((one) => one.value).filter(Boolean);
    const fits = (one) => words.every((word) => one.textContent.toLowerCase().includes(word)) && groups.every((group) => one.dataset.in.split("|").includes(group));
    for (const one of entries) one.hidden = !fits(one);
    for (const section of new Set(entries.map((one) => one.closest(".topic")))) if (section) section.hidden = !section.querySelector("li:not([hidden])");
    const told = form.querySelector("output");
    if (told) told.textContent = words.length || groups.length ? `${entries.filter((one) => !one.hidden).length} of ${entries.length}` : "";
  };
  input.addEventListener("input", narrow);
  form.addEventListener("change", narrow);
}

document.querySelectorAll("input[data-complete]").forEach(complete);
document.querySelectorAll("input[data-filter]").forEach(filters);
document.querySelectorAll("button[data-copy]").forEach(copies);
document.querySelectorAll("table.sortable").forEach(sorts);
const control = document.querySelector("details.control");
if (control && matchMedia("(max-width: 48rem)").matches && !/[?&](as_of|according_to|reading)=/.test(location.search)) control.open = false;
// A figure that scrolls begins at the act that it is about.
for (const centre of document.querySelectorAll(".lines-scroll .centre")) {
  const box = centre.closest(".lines-scroll"), inner = centre.getBoundingClientRect(), outer = box.getBoundingClientRect();
  box.scrollBy({ left: inner.left + inner.width / 2 - outer.left - outer.width / 2, top: inner.top + inner.height / 2 - outer.top - outer.height / 2, behavior: "instant" });
}
