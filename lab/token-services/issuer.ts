/** A GitLab instance as a cloud sees it: an issuer of ID tokens, and the public keys that prove them. */
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from "jose";

export interface IdTokenOptions {
  readonly audience: string;
  /** Seconds from now; negative for a token that has expired. Default 300. */
  readonly lifetime?: number;
}

export interface Issuer {
  readonly url: string;
  /** An ID token with the claims that GitLab's have. */
  idToken(options: IdTokenOptions): Promise<string>;
  /**
   * The claims of a token of this issuer that has not expired, whatever its audience.
   *
   * @throws {Error} of jose, for any other token.
   */
  claims(token: string): Promise<JWTPayload>;
}

/**
 * Makes an issuer with a key of its own.
 *
 * @param url as `iss` has it.
 * @see https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
 */
export async function createIssuer(url = "https://gitlab.example.com"): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const kid = "lab";
  const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS256" }] });
  return {
    url,
    idToken: ({ audience, lifetime = 300 }) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({
        project_path: "acme/shop",
        ref: "main",
        ref_type: "branch",
        ref_protected: "true",
      })
        .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
        .setIssuer(url)
        .setSubject("project_path:acme/shop:ref_type:branch:ref:main")
        .setAudience(audience)
        .setIssuedAt(now - 5)
        .setNotBefore(now - 5)
        .setExpirationTime(now + lifetime)
        .sign(privateKey);
    },
    claims: async (token) => (await jwtVerify(token, keys, { issuer: url })).payload,
  };
}
