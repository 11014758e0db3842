// Passkeys need script; everything else on these pages works without. The buttons are hidden until this has run.

/**
 * Sends what the authenticator said as an ordinary form, so that the server answers with an ordinary page.
 * @param {HTMLFormElement} form has a hidden input `credential`
 * @param {PublicKeyCredential} credential
 */
function submit(form, credential) {
  form.elements.credential.value = JSON.stringify(credential.toJSON());
  form.submit();
}

/** @param {HTMLFormElement} form @returns {Promise<object>} the options that the server offers */
async function options(form) {
  const answer = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { RequestVerificationToken: form.elements.__RequestVerificationToken.value },
  });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  return answer.json();
}

/** @param {HTMLFormElement} form @param {() => Promise<void>} act */
async function guarded(form, act) {
  const message = form.querySelector('[data-failed]');
  message.hidden = true;
  try {
    await act();
  } catch (error) {
    // The person closed the dialog, or has no passkey here: both are answers, neither is an error page.
    if (error?.name !== 'AbortError') message.hidden = false;
  }
}

const supported = typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function';

if (supported) {
  const signIn = document.querySelector('form[data-passkey="get"]');
  if (signIn) {
    signIn.hidden = false;
    signIn.addEventListener('submit', (event) => {
      event.preventDefault();
      void guarded(signIn, async () => {
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await options(signIn));
        submit(signIn, await navigator.credentials.get({ publicKey }));
      });
    });
  }

  const add = document.querySelector('form[data-passkey="create"]');
  if (add) {
    add.hidden = false;
    add.addEventListener('submit', (event) => {
      event.preventDefault();
      void guarded(add, async () => {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await options(add));
        submit(add, await navigator.credentials.create({ publicKey }));
      });
    });
  }
}
