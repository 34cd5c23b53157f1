/**
 * The grammar of single values. Everything that ends up in a shell script, a unit file, a pipeline or a reference is
 * held to the narrowest grammar that its standard allows, so that no later part has to ask what a string may contain.
 */
import { posix } from "node:path";
import { z } from "zod";
import { readHostKey, rsaAdvice, UnusableKey } from "../runner/fleets/ssh/keys.ts";
import { isSealed, Secret } from "./secret.ts";

/** Names of fleets: they become part of account-free labels, tags and resource names. */
export const slug = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
    "lower-case letters, digits and dashes, a letter first, 40 at most",
  );

/**
 * A path component of an OCI repository name.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
export const imageName = z
  .string()
  .max(64)
  .regex(
    /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/,
    "a component of an OCI repository name: lower-case letters and digits, separated by '.', '_', '__' or dashes",
  );

const domain = "[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?";
const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";

/** An image that is pulled: `postgis/postgis:15-3.3`, `registry.example.com/tools/lint@sha256:…`. */
export const imageReference = z
  .string()
  .regex(new RegExp(`^(?:${domain}/)?${component}(?:/${component})*(?::${tag})?(?:@sha256:[0-9a-f]{64})?$`), {
    abort: true,
    error: "an image reference, such as postgis/postgis:15-3.3",
  })
  .refine((reference) => /[:@][^/]*$/.test(reference), "a tag or a digest: without one, Docker uses :latest")
  .refine(
    (reference) => !/(^|\/)[^/]*dind[^/]*$/.test(reference),
    "an image other than Docker-in-Docker: jobs use the host's rootless daemon",
  );

/** Where images are pushed: registry host and repository prefix, `registry.example.com/acme/shop`. */
export const repositoryPrefix = z
  .string()
  .regex(
    new RegExp(`^${domain}(?:/${component})+$`),
    "a registry's host and a repository in lower case, such as registry.example.com/acme/shop",
  );

/** A GitLab project or group by its full path. */
export const gitlabPath = (what: "project" | "group") =>
  z
    .string()
    .regex(
      what === "project"
        ? /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/
        : /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/,
      `the full path of a ${what}, such as ${what === "project" ? "acme/shop" : "acme"}`,
    );

/** A path inside the repository. */
export const repositoryPath = z
  .string()
  .regex(/^[A-Za-z0-9_.@+][A-Za-z0-9_./@+-]*$/, {
    abort: true,
    error: "a path inside the repository, of letters, digits and . _ - / @ +",
  })
  .refine((path) => {
    const normal = posix.normalize(path);
    return normal !== ".." && !normal.startsWith("../") && !normal.startsWith("/");
  }, "a path that stays inside the repository")
  .refine((path) => !posix.normalize(path).split("/").includes(".git"), "a path outside .git");

/** A branch by the part of Git's rules that is safe in a rule and on a command line. */
export const branchName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]|\/(?=[A-Za-z0-9_]))*$/, {
    abort: true,
    error: "a branch name of letters, digits and . _ - /",
  })
  .refine(
    (name) => !name.includes("..") && !name.endsWith(".lock") && !name.endsWith("."),
    "a name that Git allows for a branch",
  );

/** A runner tag as GitLab stores it, without the characters that mean something in YAML, a shell or a variable. */
export const runnerTag = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "a runner tag of letters, digits and . _ -");

export const hostAddress = z
  .string()
  .max(253)
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:]+)$/,
    "a host name or an IP address",
  );

/** A stack and one of its fleets, as a host remembers who set it up: `dev/linux`. */
export const hostOwner = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,100}\/[a-z][a-z0-9-]{0,39}$/, "a stack and one of its fleets, such as dev/linux");

export const unixUser = z
  .string()
  .max(32)
  .regex(/^[a-z_][a-z0-9_-]*$/, "a Unix user name");

export const absolutePath = z
  .string()
  .regex(/^(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/, "an absolute path of letters, digits and . _ -")
  .refine((path) => !path.split("/").includes(".."), "a path without '..'");

/** `https://mirror.example.com:5000/path`, without credentials, query or fragment. */
export const httpUrl = z
  .string()
  .regex(
    /^https?:\/\/[A-Za-z0-9.:[\]-]+(?:\/[A-Za-z0-9._~/-]*)?$/,
    "an address such as https://mirror.example.com, without credentials",
  );

/** Sizes as buildkitd.toml takes them. @see https://docs.docker.com/build/buildkit/toml-configuration/ */
export const diskSize = z.string().regex(/^[1-9][0-9]*(?:(?:KB|MB|GB|TB)|%)?$/, "a size such as 20GB or 30%");

/** SHA-256 of a binary that is pinned, by Debian's name of the architecture. */
export const binarySums = z
  .partialRecord(z.enum(["amd64", "arm64"]), z.string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits"))
  .refine((sums) => Object.keys(sums).length > 0, {
    message: "the checksum for at least one architecture: { amd64: … }",
  });

/**
 * A host's public key as known_hosts has it, `ssh-ed25519 AAAA…`. A scan of the network at set-up would trust
 * any machine that answers, so the key is part of the configuration.
 */
export const hostKey = z
  .string()
  .refine((text) => !text.startsWith("ssh-rsa "), { abort: true, error: rsaAdvice("HOST") })
  .regex(/^(?:ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]+={0,2}$/, {
    abort: true,
    error: "a public host key: 'ssh-ed25519 AAAA…'",
  })
  .superRefine((text, context) => {
    try {
      readHostKey(text);
    } catch (error) {
      if (!(error instanceof UnusableKey)) throw error;
      context.addIssue({ code: "custom", message: error.advice });
    }
  });

export const pemCertificate = z
  .string()
  .regex(
    /^(?:-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----\n?)+$/,
    "one or more PEM certificates: '-----BEGIN CERTIFICATE-----'",
  );

/** One line of printable text. */
export const line = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "one line of printable text");

export const variableName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "letters, digits and '_'");

/**
 * A secret: `{ secure: … }` in the stack file, its value once the engine has decrypted it.
 * The JSON Schema that editors use shows only the former.
 */
export const secret = z
  .custom<Secret | string | { secure: string }>()
  .superRefine((value, context) => {
    const text = value instanceof Secret ? value.reveal() : value;
    if (isSealed(value) || (typeof text === "string" && text !== "")) return;
    context.addIssue({
      code: "custom",
      message: "a secret: set it with `pulumi config set --secret --path`",
    });
  })
  .transform((value) =>
    value instanceof Secret ? value : new Secret(typeof value === "string" ? value : "[secret]"),
  )
  .meta({ secret: true });
