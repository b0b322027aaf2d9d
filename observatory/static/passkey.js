// Lets a form be answered with a passkey: what the form wants to know stands in its data, what the authenticator answers in its field.
"use strict";
for (const form of document.querySelectorAll("form[data-passkey-options]")) {
  const field = form.querySelector("input[name=assertion]");
  const button = form.querySelector("button[data-passkey]");
  const said = form.querySelector("[data-passkey-said]");
  if (!field || !button || !window.PublicKeyCredential || !window.isSecureContext) continue;
  for (const part of form.querySelectorAll("[data-passkey-only]")) part.hidden = false;
  for (const part of form.querySelectorAll("[data-passkey-without]")) part.hidden = true;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const ask = (options) => {
    const asked = { ...options, challenge: bytes(options.challenge) };
    if (!options.user) return navigator.credentials.get({ publicKey: { ...asked, allowCredentials: known(options.allowCredentials) } });
    const user = { ...options.user, id: bytes(options.user.id) };
    return navigator.credentials.create({ publicKey: { ...asked, user, excludeCredentials: known(options.excludeCredentials) } });
  };
  const told = (credential, options) => {
    const response = {};
    for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, challengeProof: options.challengeProof });
  };

  // Where a passkey is all that the form takes, Enter in a field asks for it, and nothing is asked for before the fields are right.
  const alone = !form.querySelector("button:not([type=button])");
  form.addEventListener("submit", (event) => {
    if (!alone) return;
    event.preventDefault();
    button.click();
  });
  button.addEventListener("click", async () => {
    if (alone && !form.reportValidity()) return;
    if (said) said.textContent = "";
    button.disabled = true;
    try {
      const options = JSON.parse(form.dataset.passkeyOptions);
      field.value = told(await ask(options), options);
      form.submit();
    } catch {
      field.value = "";
      if (said) said.textContent = said.dataset.passkeySaid;
      button.disabled = false;
      button.focus();
    }
  });
}
