// The editor: highlighting and completion where YASQE is there, results without leaving the page anywhere.
"use strict";

const form = document.querySelector("form.editor");
const area = form.elements.query;
const result = document.querySelector("[data-result]");
const trouble = document.querySelector("[data-problem]");
let known = { prefixes: {}, terms: [], base: "" };
let code = null, marks = [];
const shown = fetch(form.dataset.terms).then((answer) => answer.json()).then((told) => { known = told; }).catch(() => {});

/** Suggestions for a word: terms by name or label, things by any name. */
async function suggest(word) {
  await shown;
  const text = word.toLowerCase(), colon = text.indexOf(":"), prefix = text.slice(0, Math.max(colon, 0)), rest = text.slice(colon + 1);
  const found = known.terms
    .filter((term) => term.name.toLowerCase().startsWith(text) || (rest.length > 1 && (colon < 0 || term.name.startsWith(`${prefix}:`)) && term.label.toLowerCase().includes(rest)))
    .map((term) => term.name);
  if (colon < 0) found.push(...Object.keys(known.prefixes).filter((name) => name.startsWith(text)).map((name) => `${name}:`));
  if (rest.length > 1 && prefix !== "co") {
    const answer = await fetch(`${form.dataset.completeAt}?type=entity&q=${encodeURIComponent(rest.replaceAll("-", " "))}`).catch(() => null);
    if (answer && answer.ok) found.push(...(await answer.json()).map((hit) => shorten(hit.iri, known.prefixes)));
  }
  return [...new Set(found)].slice(0, 30);
}

function begin() {
  if (!window.Yasqe) return;
  window.Yasqe.registerAutocompleter({
    name: "comity", bulk: false, autoShow: false,
    isValidCompletionPosition: (yasqe) => { const token = yasqe.getCompleteToken(); return Boolean(token.string.trim()) && !/^(comment|string)$/.test(token.type || "") && !token.string.startsWith("?"); },
    get: (_yasqe, token) => suggest(token.string.trim().replace(/^</, "")),
    postProcessSuggestion: (_yasqe, _token, text) => text,
  });
  window.Yasqe.defaults.autocompleters = ["variables", "comity"];
  const place = document.createElement("div");
  area.before(place);
  code = new window.Yasqe(place, { value: area.value, persistenceId: null, createShareableLink: null, showQueryButton: false, resizeable: true, collapsePrefixesOnLoad: false, syntaxErrorCheck: false });
  area.hidden = true;
  form.querySelector('label[for="query"]').removeAttribute("for");
  code.getInputField().setAttribute("aria-label", "Query");
  code.on("change", () => { area.value = code.getValue(); });
  code.on("blur", store);
  code.setOption("extraKeys", { ...code.getOption("extraKeys"), "Ctrl-Enter": run, "Cmd-Enter": run, Tab: false, "Shift-Tab": false, "Ctrl-Space": () => code.autocomplete() });
}

function clear() {
  marks.forEach((mark) => mark.clear());
  marks = [];
  trouble.hidden = true;
}

/** Says what is wrong, and points at the place. */
function complain(problem) {
  trouble.hidden = false;
  result.hidden = true;
  const head = document.createElement("strong");
  head.textContent = `${problem.title || "Problem"}. `;
  trouble.replaceChildren(head, [problem.detail, problem.hint].filter(Boolean).join(" "));
  if (!problem.line) return;
  const at = { line: problem.line - 1, ch: Math.max((problem.column || 1) - 1, 0) };
  if (code) {
    marks.push(code.getDoc().markText({ line: at.line, ch: 0 }, { line: at.line, ch: 999 }, { className: "wrong-line" }));
    code.setCursor(at);
    code.focus();
  } else {
    const start = area.value.split("\n").slice(0, at.line).join("\n").length + (at.line ? 1 : 0) + at.ch;
    area.focus();
    area.setSelectionRange(start, start + 1);
  }
}

/** The graph that the box above the query names; empty for the whole graph. */
const oneDay = document.getElementById("one-day");
const graphAsked = () => (oneDay.checked ? oneDay.value : "");

function ask(query, accept, graph = graphAsked()) {
  const body = new URLSearchParams({ query });
  if (graph) body.set("default-graph-uri", graph);
  return fetch(form.action, { method: "POST", body, headers: { Accept: accept } });
}

/** What is shown: the query and its graph as they were asked, and the rows, if it has any. */
let last = null;

async function run() {
  clear();
  remember();
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  const started = performance.now();
  last = { query: area.value, graph: graphAsked(), found: null, text: "" };
  try {
    const answer = await ask(area.value, "application/sparql-results+json, text/turtle;q=0.9, application/problem+json;q=0.5");
    const type = answer.headers.get("Content-Type") || "";
    if (!answer.ok) { complain(type.includes("json") ? await answer.json() : { detail: await answer.text() }); return; }
    last.text = await answer.text();
    const told = `${Math.round(performance.now() - started)} ms`;
    result.hidden = false;
    if (type.includes("json")) await show(JSON.parse(last.text), told); else graph(last.text, told);
    const head = document.getElementById("result");
    head.focus({ preventScroll: true });
    head.scrollIntoView({ block: "start" });
  } catch (error) {
    complain({ title: "The server cannot be reached", detail: String(error.message || error) });
  } finally {
    button.disabled = false;
  }
}

function graph(text, told) {
  explain(!text.replace(/^@prefix.*$/gm, "").trim());
  views(`Triples in Turtle; ${told}`, { Turtle: () => element("pre", { textContent: text, tabIndex: 0 }) });
}

async function show(document_, told) {
  await shown;
  if ("boolean" in document_) {
    explain(!document_.boolean);
    return views(told, { Answer: () => element("p", { className: "figure-number", textContent: document_.boolean ? "Yes" : "No" }) });
  }
  const found = new Rows(document_.head.vars, document_.results.bindings, known, form.dataset.root);
  const rows = found.rows.length;
  explain(!rows || (rows === 1 && found.names.every((name) => (found.rows[0][name] || {}).value === "0")));
  if (!rows) return views(`Nothing was found; ${told}`, { Table: () => "" });
  last.found = found;
  await learn(found);
  const cut = rows > MOST_ROWS ? `, the first ${MOST_ROWS.toLocaleString("en")} shown` : "";
  return views(`${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"}${cut}; ${told}`, { Table: () => table(found, names.checked), ...viewsOf(found, form.dataset.shapes) });
}

/** Asks how the things of a result are called, and where its polities are. */
async function learn(found) {
  const things = found.things();
  if (!things.length) return;
  const values = things.map((iri) => `<${iri}>`).join(" ");
  const query = `SELECT ?s (SAMPLE(?l) AS ?label) (SAMPLE(?y) AS ?lat) (SAMPLE(?x) AS ?long) (SAMPLE(?m) AS ?shape) WHERE { VALUES ?s { ${values} } OPTIONAL { ?s rdfs:label|skos:prefLabel ?l FILTER(LANG(?l) IN ("", "en")) } OPTIONAL { ?s geo:lat ?y ; geo:long ?x } OPTIONAL { ?s co:m49 ?m } } GROUP BY ?s`;
  const answer = await ask(query, "application/sparql-results+json", "").catch(() => null);
  if (!answer || !answer.ok) return;
  for (const row of (await answer.json()).results.bindings) {
    if (row.label) found.labels.set(row.s.value, row.label.value);
    if (row.s.value.startsWith(`${known.base}polity/`) && (row.lat || row.shape)) found.places.set(row.s.value, { id: row.s.value.split("/").pop(), shape: (row.shape || {}).value || "-", lat: (row.lat || {}).value, long: (row.long || {}).value });
  }
}

/** Says why nothing was found, each reason with a button that puts it right. */
async function explain(nothing) {
  const list = result.querySelector("[data-why]");
  list.hidden = true;
  list.replaceChildren();
  if (!nothing || last.query.length > 6000) return;
  const asked = last, address = new URL(form.dataset.hints, location.href);
  address.searchParams.set("query", last.query);
  if (last.graph) address.searchParams.set("default-graph-uri", last.graph);
  const answer = await fetch(address).catch(() => null);
  if (!answer || !answer.ok || asked !== last) return;
  list.replaceChildren(...(await answer.json()).map((hint) => {
    const line = element("li", {}, `${hint.text} `);
    const mend = (words, change) => { const button = element("button", { type: "button", textContent: words }); button.addEventListener("click", () => { change(); run(); }); line.append(button); };
    if (hint.query) mend(`Use ${hint.better}`, () => write(hint.query));
    else if (hint.of_a_day === true) mend("Ask the graph of the day", () => { oneDay.checked = true; });
    else if (hint.of_a_day === false && oneDay.checked) mend("Ask the whole graph", () => { oneDay.checked = false; });
    return line;
  }));
  list.hidden = !list.children.length;
}

function write(text) {
  area.value = text;
  if (code) code.setValue(text);
}

let viewed = "Table";
function views(told, kinds) {
  result.querySelector("[data-told]").textContent = told;
  result.querySelector("[data-naming]").hidden = !last.found || !last.found.things().length;
  result.querySelector('[data-download="named"]').hidden = result.querySelector('[data-download="csv"]').hidden = !last.found;
  result.querySelector("[data-downloads]").hidden = told.startsWith("Nothing");
  code_();
  const tabs = result.querySelector(".tabs"), view = result.querySelector("[data-view]");
  const all = Object.keys(kinds);
  tabs.hidden = all.length < 2;
  tabs.replaceChildren(...all.map((name) => {
    const tab = element("button", { type: "button", textContent: name, className: "quiet" });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", "view");
    tab.addEventListener("click", () => { viewed = name; [...tabs.children].forEach((one) => one.setAttribute("aria-selected", String(one === tab))); view.replaceChildren(kinds[name]()); });
    return tab;
  }));
  tabs.children[Math.max(all.indexOf(viewed), 0)].click();
}

const names = document.getElementById("names");
names.checked = kept("names", true);
names.addEventListener("change", () => { keep("names", names.checked); const tab = result.querySelector('[role="tab"][aria-selected="true"]'); if (tab) tab.click(); });

result.querySelectorAll("[data-download]").forEach((button) => button.addEventListener("click", async () => {
  if (button.dataset.download === "named") return save(namedCsv(last.found), "text/csv", "result.csv");
  if (button.dataset.download === "json") { const json = last.text.startsWith("{"); return save(last.text, json ? "application/sparql-results+json" : "text/turtle", json ? "result.json" : "result.ttl"); }
  const answer = await ask(last.query, "text/csv", last.graph).catch(() => null);
  if (!answer || !answer.ok) return complain({ title: "The file cannot be fetched", detail: "Run the query again." });
  return save(await answer.text(), "text/csv", "result.csv");
}));

const codes = result.querySelector("[data-code]");
const code_ = () => { if (last) codes.querySelector("code").textContent = codeFor(codes.querySelector("select").value, form.dataset.endpoint, last.query, last.graph, known.prefixes); };
codes.querySelector("select").addEventListener("change", code_);
codes.querySelector("[data-copy-code]").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  try { await navigator.clipboard.writeText(codes.querySelector("code").textContent); button.textContent = "Copied"; } catch { getSelection().selectAllChildren(codes.querySelector("code")); button.textContent = "Selected"; }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

// What is kept in this browser: open queries, saved queries, and whether names are shown. All works without it.
function kept(name, otherwise) {
  try { return JSON.parse(localStorage.getItem(`comity.${name}`)) ?? otherwise; } catch { return otherwise; }
}
function keep(name, value) {
  try { localStorage.setItem(`comity.${name}`, JSON.stringify(value)); } catch { /* Private windows and full stores keep nothing. */ }
}

const bar = document.querySelector("[data-tabs]"), MOST_TABS = 12;
let open = [], current = 0;

/** Opens what the address asks for beside the queries that were open before. */
function restore() {
  const asked = { name: form.dataset.title || "", text: area.value, day: oneDay.checked };
  open = kept("open", []).filter((one) => one && typeof one.text === "string").slice(0, MOST_TABS);
  current = Math.min(kept("current", 0), Math.max(open.length - 1, 0));
  if (!open.length) { open = [asked]; current = 0; }
  else if ("given" in form.dataset || asked.text !== area.defaultValue) {
    const there = open.findIndex((one) => one.text === asked.text);
    if (there >= 0) { current = there; open[there].day = asked.day; }
    else { open.push(asked); open = open.slice(-MOST_TABS); current = open.length - 1; }
  }
  turn(current);
}

function turn(place) {
  current = place;
  write(open[place].text);
  oneDay.checked = Boolean(open[place].day);
  remember();
}

/** Keeps what is written; the list of queries stays as it is, since a click on it may be under way. */
function store() {
  Object.assign(open[current], { text: area.value, day: oneDay.checked });
  keep("open", open);
  keep("current", current);
}

function remember() {
  store();
  const list = bar.querySelector("ul");
  bar.hidden = false;
  list.replaceChildren(...open.map((one, place) => {
    const name = titleOf(one, place), line = element("li"), tab = element("button", { type: "button", className: "quiet", textContent: name });
    if (place === current) tab.setAttribute("aria-current", "true");
    tab.addEventListener("click", () => { store(); turn(place); });
    line.append(tab);
    if (open.length > 1) {
      const close = element("button", { type: "button", className: "quiet close", textContent: "×" });
      close.setAttribute("aria-label", `Close ${name}`);
      close.addEventListener("click", () => { store(); open.splice(place, 1); turn(Math.min(place < current ? current - 1 : current, open.length - 1)); });
      line.append(close);
    }
    return line;
  }));
  if (open.length < MOST_TABS) {
    const more = element("button", { type: "button", className: "quiet", textContent: "New query" });
    more.addEventListener("click", () => { store(); open.push({ name: "", text: "SELECT * WHERE {\n  \n}", day: false }); turn(open.length - 1); });
    list.append(element("li", {}, more));
  }
}

/** A query is called by its name, by its first comment, or by its place. */
function titleOf(one, place) {
  const title = one.name || (/^\s*#\s*(?:title:\s*)?(.+)$/m.exec(one.text.split(/[{]/)[0]) || [])[1] || `Query ${place + 1}`;
  return title.length > 32 ? `${title.slice(0, 31)}…` : title;
}

const saving = document.querySelector("[data-saving]"), saved = document.querySelector("[data-saved]"), MOST_SAVED = 200;
function listSaved() {
  const all = kept("saved", []);
  saved.hidden = !all.length;
  saved.querySelector("ul").replaceChildren(...all.map((one, place) => {
    const pick = element("button", { type: "button", className: "quiet", textContent: one.name }), drop = element("button", { type: "button", className: "quiet", textContent: "Delete" });
    drop.setAttribute("aria-label", `Delete ${one.name}`);
    pick.addEventListener("click", () => { store(); open.push({ ...one }); open = open.slice(-MOST_TABS); turn(open.length - 1); form.scrollIntoView({ block: "nearest" }); });
    drop.addEventListener("click", () => { keep("saved", all.filter((_, at) => at !== place)); listSaved(); });
    return element("li", {}, pick, " ", drop);
  }));
}
const keeper = form.querySelector("[data-save]");
keeper.hidden = false;
keeper.addEventListener("click", () => { saving.hidden = false; saving.elements.name.value = titleOf(open[current], current); saving.elements.name.select(); saving.elements.name.focus(); });
saving.querySelector("[data-cancel]").addEventListener("click", () => { saving.hidden = true; keeper.focus(); });
saving.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = saving.elements.name.value.trim(), all = kept("saved", []).filter((one) => one.name !== name);
  keep("saved", [{ name, text: area.value, day: oneDay.checked }, ...all].slice(0, MOST_SAVED));
  open[current].name = name;
  saving.hidden = true;
  remember();
  listSaved();
  keeper.focus();
});

form.addEventListener("submit", (event) => { if (form.elements.format.value === "html") { event.preventDefault(); run(); } });
area.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); } });
const share = form.querySelector("[data-share]");
share.hidden = false;
share.addEventListener("click", async () => {
  const link = new URL(location.href);
  link.searchParams.set("query", area.value);
  history.replaceState(null, "", link);
  try { await navigator.clipboard.writeText(link.href); share.textContent = "Copied"; } catch { share.textContent = "The link is in the address bar"; }
});
form.querySelector("[data-hint]").hidden = !window.Yasqe;
// What somebody types while the page loads stays, and so does the cursor.
const typing = document.activeElement === area, cursor = area.selectionStart;
begin();
restore();
if (typing) {
  if (code) { code.focus(); code.setCursor(code.getDoc().posFromIndex(cursor)); }
  else area.setSelectionRange(cursor, cursor);
}
listSaved();
oneDay.addEventListener("change", remember);
area.addEventListener("change", store);
