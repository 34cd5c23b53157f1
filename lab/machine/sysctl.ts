import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

/**
 * The kernel's settings that a machine may change for the whole computer: nspawn gives it this kernel, and rootless
 * Docker needs /proc/sys unmasked. Those under `net` belong to the machine's own network namespace.
 */
const trees = ["fs", "kernel", "user", "vm"];
const root = "/proc/sys";
/** Not settings: they count, act once, or differ at every reading. */
const ignored =
  /^(kernel\/(ns_last_pid|random\/.*|hostname|domainname)|vm\/(drop_caches|compact_memory|stat_refresh))$/;

/** Every writable setting and its value, by its path below /proc/sys. */
export function readSettings(): Record<string, string> {
  const values: Record<string, string> = {};
  for (const tree of trees) {
    for (const entry of readdirSync(path.join(root, tree), { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(root, file);
      if (!entry.isFile() || ignored.test(name)) continue;
      const value = readSetting(file);
      if (value !== undefined) values[name] = value;
    }
  }
  return values;
}

/** Settings from before the first of the machines that are up; gone when this computer reboots, as they are. */
const note = "/run/buildx-lab-settings.json";

/** Called before a machine boots. */
export function rememberSettings(): void {
  if (!existsSync(note)) writeFileSync(note, JSON.stringify(readSettings()), { mode: 0o600 });
}

/** Sets back what machines changed, once no other one is up; what can no longer be set is left. */
export function restoreSettings(otherMachines: boolean): void {
  if (otherMachines || !existsSync(note)) return;
  const before = JSON.parse(readFileSync(note, "utf8")) as Record<string, string>;
  rmSync(note);
  const now = readSettings();
  for (const [name, value] of Object.entries(before)) {
    if (now[name] === value) continue;
    try {
      writeFileSync(path.join(root, name), value);
    } catch {
      // Some accept a value once only (kexec_load_disabled and the like).
    }
  }
}

function readSetting(file: string): string | undefined {
  try {
    return (statSync(file).mode & 0o200) === 0 ? undefined : readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}
