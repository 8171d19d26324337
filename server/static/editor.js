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
    if (answer && answer.ok) found.push(...(await answer.json()).map((hit) => shorten(hit.iri)));
  }
  return [...new Set(found)].slice(0, 30);
}

function shorten(iri) {
  let best = null;
  for (const [name, space] of Object.entries(known.prefixes)) if (iri.startsWith(space) && (!best || space.length > best[1].length)) best = [name, space];
  const rest = best && iri.slice(best[1].length);
  return best && /^[\w-]+$/.test(rest) ? `${best[0]}:${rest}` : `<${iri}>`;
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

async function run() {
  clear();
  const query = new URLSearchParams({ query: area.value });
  const dataset = document.getElementById("one-day");
  if (dataset.checked) query.set("default-graph-uri", dataset.value);
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  const started = performance.now();
  try {
    const answer = await fetch(form.action, { method: "POST", body: query, headers: { Accept: "application/sparql-results+json, text/turtle;q=0.9, application/problem+json;q=0.5" } });
    const type = answer.headers.get("Content-Type") || "";
    if (!answer.ok) return complain(type.includes("json") ? await answer.json() : { detail: await answer.text() });
    result.hidden = false;
    const text = await answer.text();
    const told = `${Math.round(performance.now() - started)} ms`;
    if (type.includes("json")) show(JSON.parse(text), told); else graph(text, told);
  } catch (error) {
    complain({ title: "The server cannot be reached", detail: String(error.message || error) });
  } finally {
    button.disabled = false;
  }
}

function graph(text, told) {
  const view = document.createElement("pre");
  view.textContent = text;
  views(`Triples in Turtle; ${told}`, { Turtle: () => view });
}

function show(document_, told) {
  if ("boolean" in document_) {
    const word = document.createElement("p");
    word.className = "figure-number";
    word.textContent = document_.boolean ? "Yes" : "No";
    return views(told, { Answer: () => word });
  }
  const names = document_.head.vars, rows = document_.results.bindings;
  const kinds = { Table: () => table(names, rows) };
  const number = names.find((name) => rows.length && rows.every((row) => row[name] && /(integer|decimal|double)$/.test(row[name].datatype || "")));
  if (number && names.length > 1 && rows.length <= 200) kinds.Chart = () => bars(names, rows, number);
  if (names.includes("lat") && names.includes("long")) kinds.Map = () => dots(names, rows);
  views(`${rows.length.toLocaleString("en")} ${rows.length === 1 ? "row" : "rows"}; ${told}`, kinds);
}

function views(told, kinds) {
  result.querySelector("[data-told]").textContent = told;
  const tabs = result.querySelector(".tabs"), view = result.querySelector("[data-view]");
  const names = Object.keys(kinds);
  tabs.hidden = names.length < 2;
  tabs.replaceChildren(...names.map((name) => {
    const tab = document.createElement("button");
    Object.assign(tab, { type: "button", textContent: name, className: "quiet" });
    tab.setAttribute("role", "tab");
    tab.addEventListener("click", () => { [...tabs.children].forEach((one) => one.setAttribute("aria-selected", String(one === tab))); view.replaceChildren(kinds[name]()); });
    return tab;
  }));
  tabs.children[0].click();
}

function address(iri) {
  return iri.startsWith(known.base) ? `${form.dataset.root}/${iri.slice(known.base.length)}` : iri;
}

function cell(term) {
  const place = document.createElement("td");
  if (!term) return place;
  if (term.type === "uri" && /^https?:/.test(term.value)) {
    const anchor = document.createElement("a");
    anchor.href = address(term.value);
    if (!term.value.startsWith(known.base)) anchor.rel = "noreferrer";
    anchor.textContent = shorten(term.value).replace(/^<|>$/g, "").replace(known.base, "");
    place.append(anchor);
  } else place.textContent = term.value;
  if (/(integer|decimal|double)$/.test(term.datatype || "")) place.className = "number";
  return place;
}

function table(names, rows) {
  const whole = document.createElement("table"), holder = document.createElement("div");
  holder.className = "scroll";
  holder.tabIndex = 0;
  holder.setAttribute("role", "region");
  holder.setAttribute("aria-label", "Result table");
  const head = whole.createTHead().insertRow(), body = whole.createTBody();
  for (const name of names) { const place = document.createElement("th"); place.scope = "col"; place.textContent = name; head.append(place); }
  for (const row of rows.slice(0, 2000)) { const line = body.insertRow(); for (const name of names) line.append(cell(row[name])); }
  holder.append(whole);
  return holder;
}

const SVG = "http://www.w3.org/2000/svg";
function draw(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function bars(names, rows, number) {
  const label = names.find((name) => name !== number && /label|name/i.test(name)) || names.find((name) => name !== number);
  const most = Math.max(...rows.map((row) => Number(row[number].value)), 1), height = 24;
  const svg = draw("svg", { class: "chart", viewBox: `0 0 720 ${rows.length * height + 12}`, role: "img", "aria-label": `Bars of ${number}` });
  rows.forEach((row, place) => {
    const y = place * height + 6, width = 400 * Number(row[number].value) / most;
    const text = row[label] ? (row[label].type === "uri" ? row[label].value.replace(/.*[/#]/, "").replaceAll("-", " ") : row[label].value) : "";
    svg.append(draw("text", { x: 216, y: y + 15, "text-anchor": "end", class: "tick" }, text.slice(0, 34)), draw("rect", { x: 224, y: y + 3, width, height: 16, rx: 2, class: "bar-part" }), draw("text", { x: 230 + width, y: y + 15, class: "tick" }, row[number].value));
  });
  return svg;
}

function project(longitude, latitude) {
  const a = [1.340264, -0.081106, 0.000893, 0.003796], half = 2.7066299836960748, scale = 1000 / (2 * half);
  const plane = (lon, lat) => { const t = Math.asin(Math.sqrt(3) / 2 * Math.sin(lat * Math.PI / 180)), s = t * t, k = s ** 3; return [2 * Math.sqrt(3) * lon * Math.PI / 180 * Math.cos(t) / (3 * (9 * a[3] * k * s + 7 * a[2] * k + 3 * a[1] * s + a[0])), t * (a[3] * k * s + a[2] * k + a[1] * s + a[0])]; };
  const [x, y] = plane(longitude, latitude);
  return [(x + half) * scale, (plane(0, 84)[1] - y) * scale];
}

function dots(names, rows) {
  const svg = draw("svg", { class: "map", viewBox: "0 0 1000 452", role: "img", "aria-label": "Places of the result" });
  const land = draw("g", { class: "land" });
  svg.append(land);
  if (form.dataset.shapes) fetch(form.dataset.shapes).then((answer) => answer.json()).then((shapes) => Object.values(shapes).forEach((d) => d && land.append(draw("path", { d })))).catch(() => {});
  const label = names.find((name) => /label|name/i.test(name));
  for (const row of rows.filter((one) => one.lat && one.long)) {
    const [x, y] = project(Number(row.long.value), Number(row.lat.value));
    const title = draw("title", {});
    title.textContent = label && row[label] ? row[label].value : "";
    svg.append(draw("circle", { class: "m yes", cx: x.toFixed(1), cy: y.toFixed(1), r: 4 }, title));
  }
  return svg;
}

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
begin();
