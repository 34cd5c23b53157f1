import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setupScript } from "../../../runner/host/archive.ts";
import type { HostFile } from "../../../runner/host/file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildx-archive-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Unpacks for real, the way a host does, beneath a directory of the test's own. */
function unpack(files: readonly HostFile[], text = setupScript(files)) {
  const run = spawnSync("/bin/bash", ["-s"], {
    input: text,
    encoding: "utf8",
    cwd: directory,
    env: {
      PATH: process.env.PATH ?? "/usr/bin:/bin",
      BUILDX_RUNNERS_DESTINATION: directory,
      TMPDIR: directory,
    },
  });
  return { ...run, read: (path: string) => readFileSync(join(directory, path), "utf8") };
}

const file = (content: string, path = "/etc/example/one.conf"): HostFile => ({ path, mode: "0644", content });

it("installs content and mode as given", () => {
  const { status, stdout, read } = unpack([
    file("one\n"),
    { path: "/usr/local/sbin/two@.sh", mode: "0755", content: "#!/bin/sh\n" },
  ]);
  expect(status).toBe(0);
  expect(read("/etc/example/one.conf")).toBe("one\n");
  expect(statSync(join(directory, "/usr/local/sbin/two@.sh")).mode & 0o777).toBe(0o755);
  expect(stdout).toBe("changed    /etc/example/one.conf\nchanged    /usr/local/sbin/two@.sh\n");
});

it("changes nothing the second time, and tells only what changed", () => {
  unpack([file("one\n"), file("two\n", "/etc/example/two.conf")]);
  const before = statSync(join(directory, "/etc/example/one.conf"));
  expect(unpack([file("one\n"), file("two\n", "/etc/example/two.conf")]).stdout).toBe("");
  expect(statSync(join(directory, "/etc/example/one.conf")).ino).toBe(before.ino);
  expect(unpack([file("one\n"), file("TWO\n", "/etc/example/two.conf")]).stdout).toBe(
    "changed    /etc/example/two.conf\n",
  );
});

it("removes what an earlier version installed, and nothing else", () => {
  unpack([file("one\n"), file("two\n", "/etc/example/two.conf")]);
  writeFileSync(join(directory, "/etc/example/mine.conf"), "mine\n");
  const { stdout } = unpack([file("one\n")]);
  expect(stdout).toBe("changed    removed /etc/example/two.conf\n");
  expect(existsSync(join(directory, "/etc/example/two.conf"))).toBe(false);
  expect(existsSync(join(directory, "/etc/example/mine.conf"))).toBe(true);
});

it("restores a file or a mode that was changed", () => {
  unpack([file("one\n")]);
  writeFileSync(join(directory, "/etc/example/one.conf"), "other\n", { mode: 0o600 });
  expect(unpack([file("one\n")]).stdout).toBe("changed    /etc/example/one.conf\n");
});

it("runs nothing of a text that arrived only in part", () => {
  const text = setupScript([file("one\n"), file("two\n", "/etc/example/two.conf")]);
  for (const part of [0.2, 0.5, 0.9, 0.999]) {
    unpack([], text.slice(0, Math.floor(text.length * part) - 20));
    expect(existsSync(join(directory, "/etc/example"))).toBe(false);
  }
});

it("is the same text for the same files", () => {
  const files = [file("one\n"), file("no line break at the end", "/etc/example/two.conf")];
  expect(setupScript(files)).toBe(setupScript(structuredClone(files)));
});

it("leaves no temporary file behind", () => {
  unpack([file("one\n")]);
  expect(spawnSync("ls", [directory], { encoding: "utf8" }).stdout).toBe("etc\nusr\n");
});

it.each([
  ["relative/path", "0644"],
  ["/etc/../etc/shadow", "0644"],
  ["/etc/a b", "0644"],
  ["/etc/$(id)", "0644"],
  ["/etc/a\nb", "0644"],
  ["/etc/a", "644"],
  ["/etc/a", "0999"],
])("refuses the path %j with mode %j", (path, mode) => {
  expect(() => setupScript([{ path, mode, content: "" }])).toThrow(/must be/);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        "$(touch executed)",
        "`touch executed`",
        "'; touch executed; '",
        '"',
        "'",
        "\\",
        "\n",
        "\r",
        "\0",
        "$HOME",
        "EOF\n",
        "main\n",
        "}\n",
        "exit\n",
        "é",
        "\t",
        "END_",
        "x",
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join("")),
);

it("delivers any content byte for byte, and executes none of it", () => {
  fc.assert(
    fc.property(fc.array(hostile, { minLength: 1, maxLength: 12 }), (contents) => {
      const files = contents.map((content, index) => file(content, `/etc/example/${index}`));
      const { status, stderr } = unpack(files);
      expect(stderr).toBe("");
      expect(status).toBe(0);
      for (const [index, content] of contents.entries()) {
        const found = readFileSync(join(directory, `/etc/example/${index}`));
        expect(found.equals(Buffer.from(content, "utf8"))).toBe(true);
      }
      expect(existsSync(join(directory, "executed"))).toBe(false);
    }),
    { numRuns: 24 },
  );
}, 120_000);

it("survives content that holds its own delimiter", () => {
  const delimiters = (text: string) => [...text.matchAll(/<<'(END_[0-9a-f]+)'/g)].map((match) => match[1]);
  let content = "one\n";
  for (let round = 0; round < 3; round++) content += `${delimiters(setupScript([file(content)]))[0]}\n`;
  expect(unpack([file(content)]).read("/etc/example/one.conf")).toBe(content);
});
