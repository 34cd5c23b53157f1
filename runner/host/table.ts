/**
 * Every setting by which a fleet says what its hosts are: one row each. The stack's schema, its documentation, the
 * defaults, `settings.env` and the installed files follow from the rows; a new setting is a row and the script that
 * uses it.
 */
import { z } from "zod";
import { absolutePath, hostAddress, httpUrl, imageReference, pemCertificate } from "../../config/fields.ts";
import { file, type HostFile } from "./file.ts";
import { aptProxy, noProxyList } from "./proxy.ts";
import { builder, gitlabRunner, type PinnedBinary, packages, proxy } from "./schema.ts";

/** Names and values, as the host's scripts read them from settings.env. */
type ShellValues = Readonly<Record<string, string>>;

interface Row<Schema extends z.ZodType> {
  /** What a stack file may say, with default and description. */
  readonly schema: Schema;
  readonly shell?: (value: z.output<Schema>) => ShellValues;
  /** What other programs of the host read, in the directories they keep for that. */
  readonly files?: (value: z.output<Schema>) => readonly HostFile[];
  /** Who reads it, below this directory. */
  readonly usedBy: readonly string[];
}

const row = <Schema extends z.ZodType>(row: Row<Schema>): Row<Schema> => row;

export const HOST_SETTINGS = {
  concurrency: row({
    schema: z.int().min(1).max(64).default(4).describe("Concurrent jobs, for each host and trust level."),
    usedBy: ["autoscaler-toml.ts"],
  }),
  executor: row({
    schema: z
      .enum(["docker", "shell"])
      .default("docker")
      .describe("How jobs run; `shell` runs them as the daemon's account."),
    shell: (executor) => ({ EXECUTOR: executor }),
    usedBy: ["scripts/register.sh", "config-toml.ts", "files.ts"],
  }),
  jobImage: row({
    schema: imageReference.default("docker:28.3.3-cli").describe("Image of jobs that do not set one."),
    usedBy: ["config-toml.ts"],
  }),
  packages: row({
    schema: packages,
    shell: (from) => {
      const { url, fingerprint } = from.source === "docker" ? from : { url: "", fingerprint: "" };
      return {
        PACKAGES_SOURCE: from.source,
        PACKAGES_URL: directory(url),
        PACKAGES_FINGERPRINT: fingerprint,
      };
    },
    usedBy: ["scripts/setup/packages.sh"],
  }),
  gitlabRunner: row({
    schema: gitlabRunner,
    shell: (binary) => binaryValues("GITLAB_RUNNER", binary),
    usedBy: ["scripts/pinned.sh", "scripts/setup/manager.sh"],
  }),
  builder: row({
    schema: builder,
    shell: ({ image }) => ({ BUILDKIT_IMAGE: image }),
    usedBy: ["scripts/builder.sh", "daemon-settings.ts"],
  }),
  dataDirectory: row({
    schema: absolutePath
      .default("/var/lib/buildx")
      .describe("Directory for the data of daemons, builders and caches."),
    shell: (path) => ({ DATA_DIRECTORY: path }),
    usedBy: ["scripts/lib.sh", "config-toml.ts"],
  }),
  registryMirrors: row({
    schema: z
      .record(hostAddress, z.array(httpUrl).min(1))
      .default({})
      .describe("Pull-through mirrors by registry: { docker.io: [https://mirror.example.com] }."),
    usedBy: ["daemon-settings.ts"],
  }),
  caCertificates: row({
    schema: z
      .array(pemCertificate)
      .default([])
      .describe("Certificates of your own CAs, for hosts, daemons, builders and jobs."),
    files: (certificates) =>
      certificates.map((pem, index) =>
        file(`/usr/local/share/ca-certificates/buildx-runners-${index + 1}.crt`, `${pem.trim()}\n`),
      ),
    usedBy: ["scripts/setup/system.sh", "config-toml.ts"],
  }),
  proxy: row({
    schema: proxy,
    shell: (proxy) => ({
      HTTP_PROXY_URL: proxy?.http ?? "",
      HTTPS_PROXY_URL: proxy?.https ?? "",
      NO_PROXY_LIST: proxy === undefined ? "" : noProxyList(proxy),
    }),
    files: (proxy) =>
      proxy === undefined ? [] : [file("/etc/apt/apt.conf.d/53buildx-runners-proxy", aptProxy(proxy))],
    usedBy: ["scripts/lib.sh", "scripts/builder.sh", "config-toml.ts", "daemon-settings.ts"],
  }),
} as const;

type Table = typeof HOST_SETTINGS;
type Key = keyof Table;

const KEYS = Object.keys(HOST_SETTINGS) as Key[];

/** The keys of a fleet in the stack's schema. */
export const hostShape = Object.fromEntries(KEYS.map((key) => [key, HOST_SETTINGS[key].schema])) as {
  readonly [K in Key]: Table[K]["schema"];
};

const schema = z.strictObject(hostShape);

/** What the table's rows come to for one host. */
export type TableSettings = Readonly<z.output<typeof schema>>;

/** Settings with the defaults that a stack file has. */
export const withDefaults = (values: z.input<typeof schema>): TableSettings => schema.parse(values);

/** Of a fleet's configuration, what its hosts are to know. */
export const tableSettings = (fleet: TableSettings): TableSettings =>
  Object.fromEntries(KEYS.map((key) => [key, fleet[key]])) as unknown as TableSettings;

/** A row whose value fits it; the compiler knows that of each single key only. */
const cells = (settings: TableSettings) =>
  KEYS.map((key) => ({ row: HOST_SETTINGS[key] as Row<z.ZodType>, value: settings[key] }));

/** What the scripts read of the table. */
export const shellValues = (settings: TableSettings): ShellValues =>
  Object.assign({}, ...cells(settings).map(({ row, value }) => row.shell?.(value) ?? {}));

/** What other programs read of it. */
export const tableFiles = (settings: TableSettings): HostFile[] =>
  cells(settings).flatMap(({ row, value }) => row.files?.(value) ?? []);

/** What pinned.sh reads of a binary, each name with this prefix. */
export function binaryValues(prefix: string, binary: PinnedBinary): ShellValues {
  const { version, url, sha256 } = binary === "none" ? { version: "", url: "", sha256: {} } : binary;
  const digests: Readonly<Record<string, string | undefined>> = sha256;
  return {
    [`${prefix}_VERSION`]: version,
    [`${prefix}_URL`]: directory(url),
    [`${prefix}_SHA256_AMD64`]: digests.amd64 ?? "",
    [`${prefix}_SHA256_ARM64`]: digests.arm64 ?? "",
  };
}

function directory(url: string): string {
  return url.replace(/\/+$/, "");
}
