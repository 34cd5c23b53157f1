/** What a machine of Google Cloud has beyond a host's files, and the names by which the cloud and it speak. */
import { LIBRARY } from "./addresses.ts";
import { type HostFile, script } from "./file.ts";
import type { HostSettings } from "./settings.ts";
import { filesBelow } from "./source-files.ts";

const SOURCES = filesBelow("cloud");

/** Where files go that are no scripts of the cloud's own directory, by the directory they are in. */
const PLACES: Readonly<Record<string, string>> = {
  "units/": "/etc/systemd/system/",
  "setup/": `${LIBRARY}/setup/`,
  "doctor/": `${LIBRARY}/doctor/`,
};

/** Of two files the one whose name sorts last wins, wherever they are: unattended-upgrades has one of its own. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "units/logind.conf": "/etc/systemd/logind.conf.d/zz-buildx-runners.conf",
};

function placeOf(name: string): string {
  const directory = name.slice(0, name.indexOf("/") + 1);
  const place = PLACES[directory];
  return place === undefined ? `${LIBRARY}/cloud/${name}` : `${place}${name.slice(directory.length)}`;
}

/**
 * Instance attributes: `setup` carries `setupScript(hostFiles(settings))`, `secret` the name of a secret's version
 * (`projects/…/secrets/…/versions/N`) whose payload is `registrationInput(…)`. A change of either reaches a running
 * machine within seconds.
 * @see https://cloud.google.com/compute/docs/metadata/setting-custom-metadata
 */
export const ATTRIBUTES = {
  startup: "startup-script",
  setup: "buildx-runners-setup",
  secret: "buildx-runners-secret",
} as const;

/** Bytes that one metadata value may have. @see https://cloud.google.com/compute/docs/metadata/setting-custom-metadata */
export const LARGEST_ATTRIBUTE = 262_144;

/**
 * The guest attribute that says how a machine is: `booting <step>`, `ready`, `failed <sentence>`, `draining` or
 * `drained`.
 * @see https://cloud.google.com/compute/docs/metadata/manage-guest-attributes
 */
export const STATUS_ATTRIBUTE = "buildx-runners/status";

/**
 * Where a machine with `healthCheck` answers, and who may ask.
 * @see https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
 */
export const HEALTH_CHECK = {
  port: 8093,
  path: "/healthz",
  ranges: ["35.191.0.0/16", "130.211.0.0/22"],
} as const;

/** The value of `startup-script`: the same for every machine, with no setting and no secret in it. */
export const STARTUP_SCRIPT = withItsLibraries(source("startup.sh"));

/** A metadata value is one text: each line that sources a neighbour is replaced by that neighbour. */
function withItsLibraries(text: string): string {
  return text.replace(
    /^# shellcheck source=([a-z]+\.sh)\n\. .*\/\1"$/gm,
    (_line, name: string) => `${source(name).trimEnd()}\n`,
  );
}

/** The files of a machine whose settings name a cloud; none for others. */
export function cloudFiles({ cloud }: HostSettings): HostFile[] {
  if (cloud === undefined) return [];
  return [...SOURCES]
    .filter(([name]) => name !== "startup.sh")
    .map(([name, content]) => script(ELSEWHERE[name] ?? placeOf(name), content));
}

function source(name: string): string {
  const content = SOURCES.get(name);
  if (content === undefined) throw new Error(`runner/host/cloud/${name} is missing`);
  return content;
}
