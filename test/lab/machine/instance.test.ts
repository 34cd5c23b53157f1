import path from "node:path";
import { expect, test } from "vitest";
import { nspawnArguments } from "../../../lab/machine/boot.ts";
import { instanceOf } from "../../../lab/machine/instance.ts";
import { natRules, reachableOnly } from "../../../lab/machine/network.ts";
import {
  cacheName,
  mmdebstrapArguments,
  type RootDefinition,
} from "../../../lab/machine/root-file-system.ts";

test("a machine's number decides its names and addresses", () => {
  expect(instanceOf(0)).toMatchObject({
    name: "buildx-lab",
    bridgeAddress: "10.77.0.1",
    address: "10.77.0.2",
    subnet: "10.77.0.0/24",
    table: "buildx_lab",
  });
  expect(instanceOf(12)).toMatchObject({
    name: "buildx-lab-12",
    address: "10.77.12.2",
    table: "buildx_lab_12",
  });
});

test("names fit the kernel's 15 characters for a network link, and numbers a byte", () => {
  expect(instanceOf(200).name.length).toBeLessThanOrEqual(15);
  for (const wrong of [-1, 201, 1.5, Number.NaN]) expect(() => instanceOf(wrong)).toThrow("from 0 to 200");
});

test("no two machines share a directory, a namespace or a subnet", () => {
  const [one, other] = [nspawnArguments(instanceOf(1)), nspawnArguments(instanceOf(2))];
  const own = /^--(machine|directory|network-namespace-path|bind)=/;
  const common = one.filter((argument) => own.test(argument) && other.includes(argument));
  expect(common).toEqual([]);
  expect(natRules(instanceOf(1))).toContain("10.77.1.0/24");
  expect(path.basename(instanceOf(1).runDirectory)).toBe("1");
});

test("the machine gets name servers it can reach, and no comments", () => {
  const text = "# from DHCP\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nsearch example.com\n";
  expect(reachableOnly(text)).toBe("nameserver 192.0.2.53\nsearch example.com\n");
  expect(reachableOnly("nameserver 127.0.0.53\noptions edns0\n")).toBeUndefined();
  expect(reachableOnly("nameserver ::1\n")).toBeUndefined();
});

const definition: RootDefinition = {
  suite: "trixie",
  packages: ["systemd", "openssh-server"],
  mirrors: { main: "http://mirror.example/debian", security: "http://mirror.example/debian-security" },
  aptOptions: ['Acquire::Check-Date "false";'],
  material: ["#!/bin/bash"],
};

test("a cached root file system is used for its own definition only", () => {
  const name = cacheName(definition);
  expect(cacheName({ ...definition })).toBe(name);
  expect(cacheName({ ...definition, material: ["#!/bin/bash\n"] })).not.toBe(name);
  expect(cacheName({ ...definition, packages: ["systemd"] })).not.toBe(name);
});

test("mmdebstrap is given the archives and options of this computer's apt", () => {
  const argv = mmdebstrapArguments(definition, "/cache/root.tar", "/log");
  expect(argv).toContain('--aptopt=Acquire::Check-Date "false";');
  expect(argv.slice(-5)).toEqual([
    "trixie",
    "/cache/root.tar",
    "deb http://mirror.example/debian trixie main",
    "deb http://mirror.example/debian trixie-updates main",
    "deb http://mirror.example/debian-security trixie-security main",
  ]);
});
