"use strict";

// Tables are sorted by their heads, and downloaded as they are shown. RISKY and PLAIN_NUMBER are those of formulas.py.
{
  const SCALES = { k: 1e3, K: 1e3, M: 1e6, G: 1e9, bn: 1e9, B: 1e9, ms: 1e-3, min: 60, h: 3600 };
  const SCALE = /\s?((?<=\d)B\b|(?:k|K|M|G|bn|ms|min|h)(?=B?\b))?/;
  const NUMBER = new RegExp(
    /([-−]?)\s?[$€£¥]?\s?([-−]?)(\d[\d,'\u00a0\u202f]*(?:\.\d+)?(?:[eE][-+]?\d+)?)/.source + SCALE.source,
  );
  const QUANTITY = new RegExp(`^[<>≤≥≈~]?\\s?[+±]?${NUMBER.source}B?(?=[\\s%‰]|$)`);
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const DATE = new RegExp(`(?:\\b(\\d{1,2}) )?\\b(${MONTHS.join("|")})[a-z]*\\.?(?: (\\d{1,2}),)? (\\d{4})\\b`, "g");
  const BEYOND = { "<": -1, ">": 1 };
  const ABSENT = /^(|[-–—]|n\/?a|nan|nat|none|<na>|\.\.\.)$/i;
  const ORDERS = { none: "ascending", ascending: "descending", descending: "none" };
  const words = new Intl.Collator("en", { numeric: true });
  const risky = new RegExp(RISKY, "u");
  const plainNumber = new RegExp(`${PLAIN_NUMBER}$`, "u");

  const textOf = (cell) => cell.textContent.trim();

  const amount = (text) => {
    const [, before, after, digits, scale] = NUMBER.exec(text) ?? [];
    const sign = before || after || (!digits && /^[-−]/.test(text)) ? -1 : 1;
    return sign * (digits ? digits.replace(/[^\d.eE+-]/g, "") * (SCALES[scale] ?? 1) : Infinity);
  };

  const beyond = (text) => BEYOND[text[0]] ?? 0;

  // "1 Nov 2026, 20:57" becomes "2026-11-1, 20:57".
  const yearFirst = (text) =>
    text.replace(DATE, (_, day, month, after, year) => `${year}-${MONTHS.indexOf(month) + 1}-${day ?? after ?? 0}`);

  const byWords = (one, other) => words.compare(yearFirst(one), yearFirst(other));

  const byAmount = (one, other) =>
    amount(one) - amount(other) || beyond(one) - beyond(other) || words.compare(one, other);

  const comparing = (texts, numeric) =>
    texts.every((text) => yearFirst(text) === text && (numeric || QUANTITY.test(text))) ? byAmount : byWords;

  // Where nothing is, there is nothing to compare: such rows come last either way.
  const sorted = (rows, column, order) => {
    const text = new Map(rows.map((row) => [row, textOf(row.cells[column])]));
    const present = rows.filter((row) => !ABSENT.test(text.get(row)));
    const absent = rows.filter((row) => ABSENT.test(text.get(row)));
    const numeric = rows[0].cells[column].classList.contains("number");
    const ascending = comparing(present.map((row) => text.get(row)), numeric);
    const sign = order === "ascending" ? 1 : -1;
    return [...present.sort((one, other) => sign * ascending(text.get(one), text.get(other))), ...absent];
  };

  const makeSortable = (body, heads) => {
    const original = [...body.rows];
    for (const [column, head] of heads.entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      if (!textOf(head)) button.setAttribute("aria-label", `Column ${column + 1}`);
      head.append(button);
      button.addEventListener("click", () => {
        const order = ORDERS[head.getAttribute("aria-sort") ?? "none"];
        for (const each of heads) each.removeAttribute("aria-sort");
        if (order !== "none") head.setAttribute("aria-sort", order);
        body.append(...(order === "none" ? original : sorted(original, column, order)));
      });
    }
  };

  // Texts by row and column; what spans several stands in each of them.
  const textsOf = (rows) => {
    const texts = rows.map(() => []);
    for (const [y, row] of rows.entries()) {
      let x = 0;
      for (const cell of row.cells) {
        while (texts[y][x] !== undefined) x += 1;
        for (const covered of texts.slice(y, y + cell.rowSpan))
          for (let over = x; over < x + cell.colSpan; over += 1) covered[over] = textOf(cell);
        x += cell.colSpan;
      }
    }
    return texts;
  };

  const field = (text) => {
    const guarded = risky.test(text) && !plainNumber.test(text) ? `'${text}` : text;
    return /["\r\n,;\t]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
  };

  const csvOf = (table) => {
    const heads = textsOf([...(table.tHead?.rows ?? [])]);
    const names = (heads.at(-1) ?? []).map((_, x) => [...new Set(heads.map((row) => row[x]))].filter(Boolean).join(" "));
    const rows = textsOf([...table.tBodies].flatMap((body) => [...body.rows]));
    return [...(heads.length ? [names] : []), ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
  };

  const download = (table, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", csvOf(table)], { type: "text/csv;charset=utf-8" }));
    link.download = `${name.replace(/[^\p{L}\p{N} ._-]+/gu, " ").trim().slice(0, 100)}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  for (const [n, table] of document.querySelectorAll(".table > table").entries()) {
    const [body] = table.tBodies;
    const heads = [...(table.tHead?.rows[table.tHead.rows.length - 1]?.cells ?? [])];
    const single = [...(body?.querySelectorAll("[colspan], [rowspan]") ?? [])].length === 0;
    if (body?.rows.length > 1 && single && heads.length === body.rows[0].cells.length) makeSortable(body, heads);

    const name = `${document.title} - ${table.caption ? textOf(table.caption) : `table ${n + 1}`}`;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Download as CSV";
    button.setAttribute("aria-label", `Download as CSV: ${name}`);
    button.addEventListener("click", () => download(table, name));
    const tools = document.createElement("p");
    tools.className = "tools";
    tools.append(button);
    table.parentElement.after(tools);
  }
}
