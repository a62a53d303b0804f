"use strict";
// Filter, sort, address and CSV of the table of comparisons; opens the evidence that a link points to. The page reads without it.
(function () {
  var table = document.getElementById("all");

  function openTarget() {
    var id = decodeURIComponent(location.hash.slice(1)).split("?")[0];
    var target = id && document.getElementById(id);
    for (var node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".benchmark details, #trust details").forEach(function (d) { d.open = true; });
  });
  if (!table) return;

  // What a cell says, without the symbol that only repeats it.
  function words(td) {
    var symbol = td.querySelector(".symbol");
    return (symbol ? td.textContent.replace(symbol.textContent, "") : td.textContent).trim();
  }

  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var names = heads.map(function (th) { return th.dataset.name; });
  var coded = heads.map(function (th) { return th.dataset.coded ? JSON.parse(th.dataset.coded) : null; });
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows).map(function (tr, order) {
    var cells = Array.prototype.slice.call(tr.cells);
    return {
      tr: tr,
      order: order,
      text: cells.map(words),
      raw: cells.map(function (td) { return td.dataset.r === undefined ? null : td.dataset.r; }),
      key: cells.map(function (td) { return td.dataset.r === undefined ? td.textContent : td.dataset.r; })
    };
  });
  var form = document.getElementById("filters");
  var shown = document.getElementById("shown");
  var sort = { name: "", down: false };
  var moved = false;
  var selects = {};

  table.dataset.filters.split(" ").forEach(function (name) {
    var column = names.indexOf(name);
    var values = Array.from(new Set(rows.map(function (row) { return row.text[column]; }))).sort();
    if (values.length < 2) return;
    var label = document.createElement("label");
    var caption = document.createElement("span");
    caption.textContent = heads[column].textContent;
    var select = document.createElement("select");
    select.name = name;
    [""].concat(values).forEach(function (value) {
      var option = document.createElement("option");
      option.value = value;
      option.textContent = value || "all";
      select.append(option);
    });
    select.addEventListener("change", apply);
    label.append(caption, select);
    form.append(label);
    selects[name] = select;
  });

  heads.forEach(function (th, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = th.textContent;
    th.textContent = "";
    th.append(button);
    th.setAttribute("aria-sort", "none");
    button.addEventListener("click", function () {
      sort = { name: names[column], down: sort.name === names[column] ? !sort.down : false };
      apply();
    });
  });

  function compare(column) {
    var numeric = heads[column].classList.contains("n");
    return function (a, b) {
      if (numeric) {
        var x = parseFloat(a.key[column]), y = parseFloat(b.key[column]);
        if (isNaN(x) || isNaN(y)) return (isNaN(x) - isNaN(y)) || a.order - b.order;
        return (sort.down ? y - x : x - y) || a.order - b.order;
      }
      var found = a.text[column].localeCompare(b.text[column]);
      return (sort.down ? -found : found) || a.order - b.order;
    };
  }

  function visible() { return rows.filter(function (row) { return !row.tr.hidden; }); }

  function show() {
    var chosen = Object.keys(selects).filter(function (name) { return selects[name].value; });
    rows.forEach(function (row) {
      row.tr.hidden = !chosen.every(function (name) { return row.text[names.indexOf(name)] === selects[name].value; });
    });
    var column = names.indexOf(sort.name);
    if (column >= 0 || moved) {
      rows.sort(column < 0 ? function (a, b) { return a.order - b.order; } : compare(column));
      body.append.apply(body, rows.map(function (row) { return row.tr; }));
      moved = column >= 0;
    }
    heads.forEach(function (th, i) {
      th.setAttribute("aria-sort", i !== column ? "none" : sort.down ? "descending" : "ascending");
    });
    shown.textContent = "Showing " + visible().length + " of " + rows.length + " comparisons.";
  }

  function apply() {
    show();
    var state = new URLSearchParams();
    Object.keys(selects).forEach(function (name) { if (selects[name].value) state.set(name, selects[name].value); });
    if (sort.name) state.set("sort", (sort.down ? "-" : "") + sort.name);
    var text = state.toString();
    try { history.replaceState(null, "", "#comparisons" + (text ? "?" + text : "")); } catch (error) { location.hash = "comparisons" + (text ? "?" + text : ""); }
  }

  function read() {
    var match = /^#comparisons\?(.*)$/.exec(location.hash);
    if (!match) return;
    var state = new URLSearchParams(match[1]);
    Object.keys(selects).forEach(function (name) {
      var wanted = state.get(name) || "";
      var known = Array.prototype.some.call(selects[name].options, function (option) { return option.value === wanted; });
      selects[name].value = known ? wanted : "";
    });
    var by = state.get("sort") || "";
    var plain = by.replace(/^-/, "");
    sort = { name: names.indexOf(plain) < 0 ? "" : plain, down: by.charAt(0) === "-" };
    show();
    document.getElementById("comparisons").scrollIntoView();
  }

  function quote(value) {
    if (/^[=+@\t\r]|^-(?![\d.])/.test(value)) value = "'" + value;
    return /[",\n\r]/.test(value) ? '"' + value.replace(/"/g, '""') + '"' : value;
  }

  function csv() {
    var fields = heads.map(function (th, i) { return (th.dataset.csv || names[i]).split(" "); });
    var lines = [fields.map(function (field) { return field.join(","); }).join(",")];
    visible().forEach(function (row) {
      lines.push(fields.map(function (field, i) {
        var numeric = heads[i].classList.contains("n");
        var value = row.raw[i] !== null ? row.raw[i] : row.text[i];
        if (coded[i] && coded[i][value] !== undefined) value = coded[i][value];
        else if (value === "\u2013" || (numeric && isNaN(parseFloat(value)))) value = "";
        if (field.length === 1) return quote(value);
        var parts = value.split(" ");
        return field.map(function (_, k) { return quote(parts[k] || ""); }).join(",");
      }).join(","));
    });
    return lines.join("\n") + "\n";
  }

  document.getElementById("csv").addEventListener("click", function () {
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "comparisons.csv";
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  });
  document.getElementById("reset").addEventListener("click", function () {
    Object.keys(selects).forEach(function (name) { selects[name].value = ""; });
    sort = { name: "", down: false };
    apply();
  });
  window.addEventListener("hashchange", read);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.hidden = false;
  document.getElementById("tools").hidden = false;
  show();
  read();
})();
