/** Signatures: what a project's configuration makes of jobs, scripts and CI/CD variables. */
import { PLACEHOLDER, Secret } from "../config/secret.ts";
import type { SigningConfig } from "../config/signing.ts";
import type { IdToken, Step } from "./model.ts";
import { assignments, script, writeFile } from "./shell.ts";

/** A project that signs. */
export type Signing = Exclude<SigningConfig, false>;

export interface SigningVariable {
  readonly key: "COSIGN_PRIVATE_KEY" | "COSIGN_PASSWORD";
  readonly value: Secret;
  readonly description: string;
  /** Pipelines of other refs must not be able to sign. */
  readonly protected: true;
}

/**
 * The key as one line: GitLab masks and hides that, and not the several lines of a PEM file, which a variable of type
 * file would show to every Maintainer.
 *
 * @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
 */
const oneLine = (pem: Secret): Secret =>
  pem.reveal() === PLACEHOLDER ? pem : new Secret(Buffer.from(pem.reveal()).toString("base64"));

/** CI/CD variables that the stack sets for signing. */
export function signingVariables(signing: SigningConfig): readonly SigningVariable[] {
  if (signing === false || !("key" in signing)) return [];
  return [
    {
      key: "COSIGN_PRIVATE_KEY",
      value: oneLine(signing.key),
      description: "Key that signs images, encrypted, in base64",
      protected: true,
    },
    {
      key: "COSIGN_PASSWORD",
      value: signing.password,
      description: "Password of COSIGN_PRIVATE_KEY",
      protected: true,
    },
  ];
}

/** The key that signatures are held against is part of the script: no variable of a pipeline can put another there. */
const publicKeyFile = (pem: string): string => writeFile('"$DOCKER_CONFIG/signing.pub"', pem);

function trustOf(signing: Signing): string {
  if (!("keyless" in signing)) return publicKeyFile(signing.publicKey);
  const { instance } = signing.keyless;
  return instance === undefined
    ? ""
    : writeFile('"$DOCKER_CONFIG/trusted-root.json"', `${instance.trustedRoot.trimEnd()}\n`);
}

/** The step that defines `verified`, for a job whose image holds cosign. */
export function verification(signing: Signing): Step {
  const how = "keyless" in signing ? "verify-by-identity" : "verify-by-key";
  return { comment: "Whose signatures count", run: trustOf(signing) + script(how) };
}

/** The step that defines `sign_image`; it comes after {@link verification}. */
export function signature(signing: Signing): Step {
  const comment = "How this project signs";
  if ("key" in signing) return { comment, run: script("sign-by-key") };
  if ("kms" in signing)
    return { comment, run: assignments({ SIGNING_KMS: signing.kms }) + script("sign-by-kms") };
  const { instance } = signing.keyless;
  const own =
    instance === undefined
      ? ""
      : assignments({ SIGSTORE_FULCIO: instance.fulcio, SIGSTORE_REKOR: instance.rekor }) +
        script("sigstore-instance");
  return { comment, run: own + script("sign-by-identity") };
}

/** @see https://docs.gitlab.com/ci/yaml/signing_examples/ */
export const signingIdTokens = (signing: Signing): Readonly<Record<string, IdToken>> =>
  "keyless" in signing ? { SIGSTORE_ID_TOKEN: { aud: "sigstore" } } : {};
