// Lists products, buys one, and follows the order to its end.
const STEPS = { PENDING: "placed", RESERVED: "reserved", CONFIRMED: "confirmed" };
const STATE_TEXTS = { PENDING: "Placed, reserving stock…", RESERVED: "Reserved, paying…", CONFIRMED: "Confirmed", CANCELLED: "Cancelled" };
const REASONS = { OUT_OF_STOCK: "out of stock", PAYMENT_DECLINED: "card declined", EXPIRED: "it took too long", CUSTOMER: "as you wished" };
const [ENDED, TRIES] = [["CONFIRMED", "CANCELLED"], 5];

const $ = (id) => document.getElementById(id);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const node = (tag, fields = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), fields);
  made.append(...children);
  return made;
};

function customer() {
  localStorage.customer ??= `web-${crypto.randomUUID()}`;
  return localStorage.customer;
}

function money(minor, currency) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency }); // the page's language
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function show(error) {
  Object.assign($("error"), { hidden: !error, textContent: error?.message ?? "" });
}

// The same request, and with it the same key, is sent again as long as another try makes sense.
async function call(method, path, body, key) {
  const headers = { "X-Customer-Id": customer(), "Content-Type": "application/json", ...(key && { "Idempotency-Key": key }) };
  for (let attempt = 1; ; attempt += 1) {
    let seconds = 2 ** attempt / 4;
    let failure = new Error("The shop does not answer. Is it running? Try again in a moment.");
    try {
      const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      const said = response.status === 401 ? "This shop asks for a sign-in, which this page lacks." : answer.detail;
      failure = new Error(said ?? `The shop answered ${response.status}.`);
      failure.final = response.status < 500 && response.status !== 429 && answer.code !== "order_in_flight";
      seconds = Number(response.headers.get("Retry-After") ?? seconds);
    } catch {} // no answer: whether it arrived is not known
    if (failure.final || attempt === TRIES) throw failure;
    await wait(1000 * seconds);
  }
}

function draw(card, order) {
  const reached = Object.keys(STEPS).indexOf(order.state);
  const steps = Object.values(STEPS).map((name, index) => node("li", { className: index <= reached ? "done" : "" }, name));
  const items = order.lines.map((line) => `${line.qty} × ${line.sku}`).join(", ");
  const why = order.reason ? `: ${REASONS[order.reason] ?? order.reason}` : "";
  const cancel = node("button", { type: "button", onclick: () => stop(card, cancel, order) }, "Cancel");
  card.className = order.state;
  card.replaceChildren(
    node("h3", { className: "state" }, (STATE_TEXTS[order.state] ?? order.state) + why),
    node("p", {}, `${items} — ${money(order.total_minor, order.currency)}`),
    ...(order.state === "CANCELLED" ? [] : [node("ol", { className: "steps" }, ...steps)]),
    node("p", { className: "quiet" }, `Order ${order.order_id}`),
    ...(ENDED.includes(order.state) ? [] : [cancel]),
  );
}

function stop(card, button, order) {
  button.disabled = true;
  call("POST", `/v1/orders/${order.order_id}/cancel`).then((ended) => (show(), draw(card, ended)), (error) => {
    show(error);
    button.disabled = false;
  });
}

async function follow(order, card) {
  $("orders-section").hidden = false;
  $("orders").prepend(card);
  draw(card, order);
  for (let ms = 300, shown = order.state; !ENDED.includes(shown); ms = Math.min(ms * 1.2, 3000)) {
    await wait(ms);
    const seen = await call("GET", `/v1/orders/${order.order_id}`).catch(show);
    if (seen && seen.state !== shown) draw(card, seen);
    shown = seen?.state ?? shown;
  }
}

async function buy(form, product) {
  const body = { lines: [{ sku: product.sku, quantity: form.quantity.valueAsNumber }], payment_token: $("card").value };
  const button = form.querySelector("button");
  button.disabled = true;
  // A key lives until its order has an answer: pressing the button again after a failure buys nothing twice.
  const fresh = { body: JSON.stringify(body), key: crypto.randomUUID() };
  if (form.dataset.body !== fresh.body) Object.assign(form.dataset, fresh);
  try {
    const order = await call("POST", "/v1/orders", body, form.dataset.key);
    delete form.dataset.body;
    show();
    const card = node("li");
    follow(order, card).then(() => stock(form, product)).catch(() => {});
    card.scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (error.final) delete form.dataset.body;
    show(error);
  }
  button.disabled = false;
}

async function stock(form, product) {
  const { available } = await call("GET", `/v1/products/${product.sku}/availability`);
  form.previousSibling.textContent = available > 20 ? "in stock" : available > 0 ? `${available} left` : "sold out";
}

function offer(product) {
  const range = { type: "number", min: 1, max: 20, value: 1, required: true };
  const quantity = node("input", { name: "quantity", ...range, ariaLabel: `Quantity of ${product.name}` });
  const form = node("form", {}, quantity, node("button", { className: "buy", ariaLabel: `Buy ${product.name}` }, "Buy"));
  form.addEventListener("submit", (event) => (event.preventDefault(), buy(form, product)));
  const price = node("p", { className: "price" }, money(product.price_minor, product.currency));
  const [name, about] = [node("h3", {}, product.name), node("p", {}, product.description ?? "")];
  $("products").append(node("li", {}, name, about, price, node("p", { className: "quiet" }), form));
  stock(form, product).catch(() => {}); // advisory: a product can be bought without
}

async function open() {
  $("customer").textContent = customer();
  for (let cursor = ""; cursor !== null; ) {
    const page = await call("GET", `/v1/products?limit=50${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    page.items.forEach(offer);
    cursor = page.next_cursor;
  }
  $("products").ariaBusy = "false";
  const orders = await call("GET", "/v1/orders?limit=6");
  orders.items.reverse().forEach((order) => follow(order, node("li")));
}

open().catch(show);
