// Signing in, asking the API and making elements: what both pages need. Text goes in as text, never as markup.
const KEPT = "academy-demo-token"; // of this tab alone, gone when it closes
const API = new URL("../../", document.baseURI);

export const byId = (id) => document.getElementById(id);

export function element(name, { text, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function ask(path, { method = "GET", body } = {}) {
  const token = sessionStorage.getItem(KEPT);
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) };
  const answer = await fetch(new URL(path, API), { method, headers, body: body && JSON.stringify(body), cache: "no-store" });
  const told = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, told.error);
  return told;
}

export function tell(problem) {
  byId("problem").textContent = problem;
}

// Shows what `load` brings, once somebody is signed in; asks to sign in where the token is missing or over.
export function start(load) {
  const form = byId("sign-in");

  async function show() {
    tell("");
    const signedIn = sessionStorage.getItem(KEPT) !== null;
    form.hidden = signedIn;
    byId("sign-out").hidden = !signedIn;
    byId("content").hidden = true;
    if (!signedIn) return;
    byId("status").textContent = "Loading …";
    try {
      await load();
      byId("content").hidden = false;
    } catch (error) {
      if (error.status === 401) return forget("Your session is over: sign in again.");
      tell(error.message);
    } finally {
      byId("status").textContent = "";
    }
  }

  function forget(why = "") {
    sessionStorage.removeItem(KEPT);
    show();
    tell(why);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { email, password } = Object.fromEntries(new FormData(form));
    try {
      const { data } = await ask("auth/signin", { method: "POST", body: { email, password } });
      if (!data.accessToken) throw new Error("This account needs one more step: sign in with the app first.");
      sessionStorage.setItem(KEPT, data.accessToken);
    } catch (error) {
      return tell(error.message);
    }
    form.reset();
    await show();
    byId("main").focus();
  });
  byId("sign-out").addEventListener("click", () => forget());
  show();
}
