import { createLocalJWKSet, errors } from "jose";
import type { CryptoKey, JSONWebKeySet, JWTVerifyGetKey } from "jose";
import { fetchJson } from "./fetch-json.ts";

type KeySet = ReturnType<typeof createLocalJWKSet>;

/** How the key cache behaves, in milliseconds. */
export interface KeyTimes {
  /** Keys older than this are refreshed in the background. @default 600000 */
  maxAge?: number;
  /** The shortest time between two fetches that unknown keys ask for. @default 30000 */
  cooldown?: number;
  /** The wait after a failed fetch; it doubles up to `cooldown`. @default 1000 */
  retry?: number;
}

/** What the cache tells about itself; no key, no token. */
export interface KeyLog {
  info(message: string): void;
  warn(message: string): void;
}

/** No key of the issuer has been fetched yet, so no token can be judged. */
export class KeysUnavailable extends Error {}

/**
 * The issuer's signing keys, found by OpenID Connect Discovery and kept in memory.
 *
 * An unknown key id asks for one fetch, at most once per cooldown, however many tokens carry one. An issuer that is down
 * changes nothing as long as its keys are known: the last key set stays until a newer one arrives.
 */
export class IssuerKeys {
  readonly #issuer: string;
  readonly #log: KeyLog;
  readonly #maxAge: number;
  readonly #cooldown: number;
  readonly #firstRetry: number;
  #keys: KeySet | undefined;
  #fetchedAt = -Infinity;
  #triedAt = -Infinity;
  #pending: Promise<void> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(
    issuer: string,
    log: KeyLog,
    { maxAge = 600_000, cooldown = 30_000, retry = 1_000 }: KeyTimes = {},
  ) {
    this.#issuer = issuer;
    this.#log = log;
    this.#maxAge = maxAge;
    this.#cooldown = cooldown;
    this.#firstRetry = retry;
  }

  /** Fetches the keys, again and again with growing waits until it worked once; never rejects. */
  async start(wait = this.#firstRetry): Promise<void> {
    await this.#refresh();
    if (this.#keys !== undefined) return;
    this.#retryTimer = setTimeout(
      () => void this.start(Math.min(wait * 2, Math.max(this.#cooldown, this.#firstRetry))),
      wait,
    );
    this.#retryTimer.unref();
  }

  /** Stops retrying. */
  stop(): void {
    clearTimeout(this.#retryTimer);
  }

  /** The keys known now; throws KeysUnavailable until they were fetched once. */
  requireKeys(): KeySet {
    if (this.#keys !== undefined) return this.#keys;
    throw new KeysUnavailable(
      "the issuer's signing keys could not be fetched yet, so no token can be checked; this is retried",
    );
  }

  /** The key for a token's header, in the form that jose's `jwtVerify` asks for. */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    if (Date.now() - this.#fetchedAt > this.#maxAge && this.#mayFetch()) void this.#refresh();
    try {
      return await this.#lookUp(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (this.#pending === undefined && !this.#mayFetch()) throw error;
      await this.#refresh();
      return this.#lookUp(header, token);
    }
  };

  async #lookUp(...args: Parameters<KeySet>): Promise<CryptoKey> {
    const keys = this.requireKeys();
    try {
      return await keys(...args);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) throw error;
      throw new KeysUnavailable("the issuer's key for this token cannot be used", { cause: error });
    }
  }

  #mayFetch(): boolean {
    return Date.now() - this.#triedAt > this.#cooldown;
  }

  #refresh(): Promise<void> {
    this.#pending ??= this.#fetchKeys().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  async #fetchKeys(): Promise<void> {
    this.#triedAt = Date.now();
    try {
      const keySet = await discoverKeys(this.#issuer);
      this.#keys = createLocalJWKSet(keySet);
      this.#fetchedAt = Date.now();
      this.#log.info(`fetched ${keySet.keys.length} signing keys of the issuer`);
    } catch (error) {
      const state = this.#keys === undefined ? "no token can be checked" : "the known keys stay";
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn(`the issuer's signing keys could not be fetched, ${state}: ${reason}`);
    }
  }
}

/** OpenID Connect Discovery 1.0, section 4: the document must name exactly the issuer that was asked. */
async function discoverKeys(issuer: string): Promise<JSONWebKeySet> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const document = (await fetchJson(url)) as { issuer?: unknown; jwks_uri?: unknown } | null;
  if (document?.issuer !== issuer) {
    throw new Error(`${url} names another issuer than 'OIDC_ISSUER' (${issuer})`);
  }
  const { jwks_uri: address } = document;
  const schemes = issuer.startsWith("https:") ? /^https:/ : /^https?:/;
  if (typeof address !== "string" || !schemes.test(address)) {
    throw new Error(`${url} names no usable 'jwks_uri': it must be an https URL`);
  }
  return (await fetchJson(address)) as JSONWebKeySet;
}
