const STORAGE_KEY = 'epicura:accessToken';

/**
 * The access token that the last sign-in on this page gave. It outlives a reload but not the browser's tab.
 *
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} storage `sessionStorage`
 *
 * @typedef {{ getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void }} Storage
 * @typedef {{ data?: Record<string, unknown> | null, errors?: readonly { message: string }[] }} Answer
 * @typedef {ReturnType<typeof rememberSignIn>} SignIn
 */
export function rememberSignIn(storage) {
  let token = storage.getItem(STORAGE_KEY) ?? undefined;

  return {
    /** What to send as `Authorization`; nothing before a sign-in. */
    get authorization() {
      return token && `Bearer ${token}`;
    },

    /**
     * Takes the token out of whatever signs in, `login`, `register` or `refreshTokens`, under any alias, and drops it
     * when the answer is that of a `logout`.
     *
     * @param {Answer} answer
     */
    learn({ data }) {
      for (const payload of Object.values(data ?? {})) {
        const { accessToken, loggedOut } = /** @type {Record<string, unknown>} */ (payload ?? {});
        if (typeof accessToken === 'string') {
          token = accessToken;
          storage.setItem(STORAGE_KEY, accessToken);
        } else if (loggedOut === true) {
          this.forget(this.authorization);
        }
      }
    },

    /**
     * Drops the token if it is still the one that was sent: a newer sign-in stays.
     *
     * @param {string | undefined} authorization
     */
    forget(authorization) {
      if (authorization !== this.authorization) return;
      token = undefined;
      storage.removeItem(STORAGE_KEY);
    },
  };
}
