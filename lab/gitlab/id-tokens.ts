/** The instance as an OpenID Connect issuer: what a job's `id_tokens` are signed with and checked by. */
import { randomUUID } from "node:crypto";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** What a token says beside its standard claims, and the claims that its subject is made of. */
export interface JobClaims {
  readonly project_path: string;
  readonly ref_type: "branch" | "tag";
  /** Short name of the branch or tag; of a merge request its source branch. */
  readonly ref: string;
  readonly [claim: string]: unknown;
}

interface Key {
  readonly privateKey: CryptoKey;
  readonly public: JWK;
}

/** GitLab's token is valid a few seconds before it was made: clocks differ. */
const leewaySeconds = 5;

/**
 * An issuer with a key of its own, made when it is first used.
 *
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */
export class Issuer {
  #key: Promise<Key> | undefined;

  /**
   * One ID token of a job.
   *
   * @param lifetime seconds; GitLab takes the job's timeout.
   */
  async sign(
    issuer: string,
    audience: string | string[],
    claims: JobClaims,
    lifetime: number,
  ): Promise<string> {
    const { privateKey, public: jwk } = await this.#ensureKey();
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", ...(jwk.kid === undefined ? {} : { kid: jwk.kid }) })
      .setJti(randomUUID())
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(`project_path:${claims.project_path}:ref_type:${claims.ref_type}:ref:${claims.ref}`)
      .setIssuedAt(now)
      .setNotBefore(now - leewaySeconds)
      .setExpirationTime(now + lifetime)
      .sign(privateKey);
  }

  /** What `/oauth/discovery/keys` answers. */
  async keySet(): Promise<{ readonly keys: readonly JWK[] }> {
    return { keys: [(await this.#ensureKey()).public] };
  }

  #ensureKey(): Promise<Key> {
    this.#key ??= makeKey();
    return this.#key;
  }
}

async function makeKey(): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = await exportJWK(publicKey);
  return { privateKey, public: { ...jwk, kid: await calculateJwkThumbprint(jwk), use: "sig", alg: "RS256" } };
}

/** What `/.well-known/openid-configuration` answers. */
export function discoveryDocument(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    jwks_uri: `${issuer}/oauth/discovery/keys`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    claims_supported: ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "project_path", "ref", "ref_type"],
  };
}
