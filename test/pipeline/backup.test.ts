/** Backups: what is copied, and what makes them fail. Registry and bucket are replaced by functions that record. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { script } from "../../pipeline/shell.ts";
import { inTemporaryDirectory, type Run } from "./support/recorder.ts";

const place = inTemporaryDirectory();
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const PREFIX = "r.example.com/shop";

/** Knows tags of repositories, `calls.images`; a bucket that holds what `bucket` lists. */
const TOOLS = `
oras() {
  printf 'oras %s\\n' "$*" >> "$CALLS"
  for last in "$@"; do :; done
  case "$1" in
    resolve) awk -v name="$last" '$1 == name { print $2; found = 1 } END { exit !found }' calls.images ;;
    repo) awk -v name="$last:" 'index($1, name) == 1 { sub(/.*:/, "", $1); print $1 }' calls.images ;;
  esac
}
rclone() {
  printf 'rclone %s\\n' "$*" >> "$CALLS"
  case "$*" in
    "lsf --dirs-only"*) cat bucket ;;
    *--metadata-exclude*) cat unlocked ;;
  esac
}
in_volume() { case "$1" in *backup.txt*) cat listed 2> /dev/null || true ;; esac }
proven() { printf 'proven %s\\n' "$1" >> "$CALLS"; test ! -e damaged; }
`;

beforeEach(() => {
  place.write(
    "calls.images",
    ["latest", "1.2.3", "1.2", "main", "c".repeat(40), `sha256-${"d".repeat(64)}`]
      .map((tag, index) => `${PREFIX}/app:${tag} ${digest("abcdef"[index] ?? "")}\n`)
      .join(""),
  );
  place.write("unlocked", "");
  place.write("bucket", "");
});

const run = (name: "backup" | "restore", environment: Record<string, string> = {}): Run =>
  place.run(TOOLS + script(name), {
    BACKUP_PATH: "acme-backups/shop",
    CANDIDATES: "app",
    CI_PIPELINE_ID: "7",
    REGISTRY_IMAGE: PREFIX,
    RESTORE_FROM: "",
    RESTORE_TO: "-restored",
    RETENTION_DAYS: "30",
    ...environment,
  });

describe("backup", () => {
  it("copies latest and releases with all that refers to them, and no other tag", () => {
    const result = run("backup");
    expect(result.status, result.stderr).toBe(0);
    expect(readFileSync(join(place.directory, "backup.txt"), "utf8").trim().split("\n")).toEqual([
      `app latest ${digest("a")}`,
      `app 1.2.3 ${digest("b")}`,
      `app 1.2 ${digest("c")}`,
    ]);
    for (const call of result.calls.filter((call) => call.startsWith("oras cp ")))
      expect(call).toMatch(/ --recursive .*app@sha256:[a-f]{64} backup\/app:/);
  });

  it("locks what it writes, proves it before and after, and writes the list last", () => {
    const { calls } = run("backup");
    const order = calls.filter((call) => /^(?:proven|rclone copy)/.test(call));
    expect(order.map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
      "proven backup",
      "rclone copy",
      "rclone copy",
      "proven readback",
      "rclone copy",
    ]);
    expect(order[1]).toContain("--immutable --exclude /backup.txt --s3-object-lock-mode COMPLIANCE");
    expect(order[1]).toContain("--s3-object-lock-retain-until-date 30d");
    expect(order[4]).toContain("--include /backup.txt");
  });

  it("asks for no lock where the bucket has its own way", () => {
    expect(run("backup", { RETENTION_DAYS: "0" }).calls.join("\n")).not.toContain("object-lock");
  });

  it("fails when an image was never promoted, and names it", () => {
    const result = run("backup", { CANDIDATES: "app db-init" });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(`nothing is backed up: ${PREFIX}/db-init:latest is missing`);
    expect(result.calls.some((call) => call.startsWith("rclone"))).toBe(false);
  });

  it("fails when what is in the bucket is not what was sent", () => {
    place.write("damaged", "");
    const result = run("backup");
    expect(result.status).not.toBe(0);
    expect(result.calls.join("\n")).not.toContain("--include /backup.txt");
  });

  it("fails when somebody could delete it, and names the files", () => {
    place.write("unlocked", "app/index.json\n");
    const result = run("backup");
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/it needs object lock:\napp\/index\.json/);
  });

  it("takes the cell of a matrix for its latest", () => {
    place.write(
      "calls.images",
      ["3.12", "3.12-1.0.0", "3.13", "3.13-1.0.0", "3.12-main"]
        .map((tag, index) => `${PREFIX}/web:${tag} ${digest("abcde"[index] ?? "")}\n`)
        .join(""),
    );
    run("backup", { CANDIDATES: "web/3.12" });
    expect(readFileSync(join(place.directory, "backup.txt"), "utf8")).toBe(
      `web 3.12 ${digest("a")}\nweb 3.12-1.0.0 ${digest("b")}\n`,
    );
  });
});

describe("restore", () => {
  const NAME = "20260131T030000Z-7";
  beforeEach(() => {
    place.write("bucket", `20260130T030000Z-6/\n${NAME}/\n`);
    place.write("listed", `app latest ${digest("a")}\n`);
    place.write("calls.images", `${PREFIX}/app-restored:latest ${digest("a")}\n`);
  });

  it("puts the newest backup beside what is in use, once it is proven", () => {
    const result = run("restore");
    expect(result.status, result.stderr).toBe(0);
    expect(result.calls.filter((call) => /^(?:rclone copy|proven|oras cp)/.test(call))).toEqual([
      `rclone copy bucket:acme-backups/shop/${NAME} backup`,
      "proven backup",
      `oras cp --recursive --from-oci-layout --to-registry-config /dev/stdin backup/app@${digest("a")} ${PREFIX}/app-restored:latest`,
      // For the review, which asks when that was.
      "rclone copy restored bucket:acme-backups/shop/restored",
    ]);
  });

  it("takes an older one by its name", () => {
    expect(run("restore", { RESTORE_FROM: "20260130T030000Z-6" }).calls).toContain(
      "rclone copy bucket:acme-backups/shop/20260130T030000Z-6 backup",
    );
  });

  it.each([
    ["RESTORE_FROM", "../other"],
    ["RESTORE_FROM", "$(id)"],
    ["RESTORE_TO", ""],
    ["RESTORE_TO", "/other"],
    ["RESTORE_TO", "-a; id"],
  ])("refuses %s=%s", (name, value) => {
    const result = run("restore", { [name]: value });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(name);
    expect(result.calls.some((call) => call.startsWith("oras cp"))).toBe(false);
  });

  it("refuses where there is no backup at all", () => {
    place.write("bucket", "");
    expect(run("restore")).toMatchObject({ status: 1 });
  });

  it("refuses a backup that was never completed", () => {
    place.write("listed", "");
    const result = run("restore");
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("has no list: it was never completed");
  });

  it("stops at a blob that is not what its name says", () => {
    place.write("damaged", "");
    const result = run("restore");
    expect(result.status).not.toBe(0);
    expect(result.calls.some((call) => call.startsWith("oras cp"))).toBe(false);
  });

  it("stops where the registry has something else afterwards", () => {
    place.write("calls.images", `${PREFIX}/app-restored:latest ${digest("b")}\n`);
    const result = run("restore");
    expect(result.status).toBe(1);
    expect(result.stderr).toContain(`is ${digest("b")}, not ${digest("a")}`);
  });
});
