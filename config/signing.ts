/** The schema of `buildx-runners:projects[].signing`. */
import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { httpUrl, secret } from "./fields.ts";
import { PLACEHOLDER } from "./secret.ts";

function isPublicKey(pem: string): boolean {
  if (!/^-----BEGIN PUBLIC KEY-----\n(?:[A-Za-z0-9+/=]+\n)+-----END PUBLIC KEY-----\n?$/.test(pem))
    return false;
  try {
    createPublicKey(pem);
    return true;
  } catch {
    return false;
  }
}

const publicKey = z
  .string()
  .max(4096)
  .refine(isPublicKey, "a public key in PEM: the content of cosign.pub")
  .transform((pem) => (pem.endsWith("\n") ? pem : `${pem}\n`));

const privateKey = secret.superRefine((value, context) => {
  const text = value.reveal();
  if (
    text !== PLACEHOLDER &&
    !/^-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----\n[\s\S]+-----END [A-Z ]+-----\s*$/.test(text)
  )
    context.addIssue({
      code: "custom",
      message: "an encrypted private key: the content of cosign.key, as `cosign generate-key-pair` makes it",
    });
});

/** What cosign takes for a password from its environment, and GitLab can mask. */
const password = secret.superRefine((value, context) => {
  const text = value.reveal();
  if (text !== PLACEHOLDER && !/^\S{8,}$/.test(text))
    context.addIssue({
      code: "custom",
      message: "a secret that GitLab can mask: one line of 8 characters or more, without white space",
    });
});

const trustedRoot = z
  .string()
  .max(100_000)
  .refine((text) => {
    try {
      const root: unknown = JSON.parse(text);
      return typeof root === "object" && root !== null && "mediaType" in root;
    } catch {
      return false;
    }
  }, "a trusted root in JSON, as `cosign trusted-root create` makes it");

const instance = z
  .strictObject({
    fulcio: httpUrl.describe("Address of Fulcio, which must trust this GitLab's ID tokens."),
    rekor: httpUrl.describe("Address of Rekor."),
    trustedRoot: trustedRoot.describe(
      "Trusted root that verifies its signatures: the output of `cosign trusted-root create`.",
    ),
  })
  .describe("Your own Sigstore, instead of the public one.");

const keyless = z.strictObject({
  keyless: z
    .strictObject({ instance: instance.optional() })
    .describe(
      "With the jobs' ID tokens, without a key. The public Sigstore publishes the project's path and its commits in a log.",
    ),
});

const key = z.strictObject({
  key: privateKey.describe(
    "Content of cosign.key; stored as a protected, masked, hidden variable, encoded in one line so that GitLab can mask it.",
  ),
  password: password.describe("Password of the key; stored as a protected, masked, hidden variable."),
  publicKey: publicKey.describe("Content of cosign.pub; written into the pipeline."),
});

const kms = z.strictObject({
  kms: z
    .string()
    .regex(
      /^(?:awskms|gcpkms|hashivault):\/\/[A-Za-z0-9/][A-Za-z0-9:/._@-]*$/,
      "a key of a KMS: awskms:///alias/…, gcpkms://projects/… or hashivault://…",
    )
    .describe(
      "Key of a KMS. Its credentials are the project's own protected variables, named as cosign documents them.",
    ),
  publicKey: publicKey.describe("Its public key: `cosign public-key --key …`; written into the pipeline."),
});

/** @see https://docs.sigstore.dev/cosign/signing/overview/ */
export const signingSchema = z
  .union(
    [z.literal(false), keyless, key, kms],
    "false, { keyless: {} }, { key: …, password: …, publicKey: … } or { kms: …, publicKey: … }",
  )
  .default(false)
  .describe("Signatures with cosign: pipelines of protected refs sign images, and promote signed ones only.");

export type SigningConfig = z.output<typeof signingSchema>;
