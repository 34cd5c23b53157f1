/** Cases of rules/machines.ts. */
import type { RuleConfig } from "../../../policy/rule.ts";
import { a, type Cases, GROUP, INSTANCE, OWN, TEMPLATE, ZONAL_GROUP } from "./subject.ts";

const BLOCKED = { "block-project-ssh-keys": "TRUE" };

const sshKeys: Cases = {
  refuses: [
    { resource: a(TEMPLATE, {}), where: "metadata.block-project-ssh-keys" },
    {
      resource: a(INSTANCE, { metadata: { "block-project-ssh-keys": "FALSE" } }),
      where: "metadata.block-project-ssh-keys",
    },
    {
      resource: a(TEMPLATE, { metadata: { ...BLOCKED, "ssh-keys": "root:ssh-ed25519 AAAA" } }),
      where: "metadata.ssh-keys",
    },
    {
      resource: a(GROUP, { allInstancesConfig: { metadata: { sshKeys: "root:ssh-ed25519 AAAA" } } }),
      where: "allInstancesConfig.metadata.sshKeys",
    },
    {
      resource: a("gcp:compute/projectMetadata:ProjectMetadata", { metadata: { "ssh-keys": "" } }),
      where: "metadata.ssh-keys",
    },
    {
      resource: a("gcp:compute/projectMetadataItem:ProjectMetadataItem", { key: "ssh-keys", value: "" }),
      where: "key",
    },
  ],
  passes: [
    { resource: a(TEMPLATE, { metadata: BLOCKED }) },
    { resource: a(INSTANCE, { metadata: { "block-project-ssh-keys": "true" } }) },
    { resource: a(GROUP, { allInstancesConfig: { metadata: { "buildx-runners-setup": "x" } } }) },
  ],
};

const SHIELDED = { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true };

const shielded: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { shieldedInstanceConfig: { ...SHIELDED, enableSecureBoot: false } }),
      where: "shieldedInstanceConfig.enableSecureBoot",
    },
    // Secure boot is off where nothing is said.
    {
      resource: a(INSTANCE, {
        shieldedInstanceConfig: { enableVtpm: true, enableIntegrityMonitoring: true },
      }),
      where: "shieldedInstanceConfig.enableSecureBoot",
    },
  ],
  passes: [{ resource: a(TEMPLATE, { shieldedInstanceConfig: SHIELDED }) }],
};

const login: Cases = {
  refuses: [
    { resource: a(TEMPLATE, { metadata: {} }), where: "metadata.enable-oslogin" },
    {
      resource: a(INSTANCE, {
        metadata: { "enable-oslogin": "FALSE" },
        serviceAccount: { email: OWN, scopes: [] },
      }),
      where: "metadata.enable-oslogin",
    },
    {
      resource: a(ZONAL_GROUP, { allInstancesConfig: { metadata: { "enable-oslogin": "FALSE" } } }),
      where: "allInstancesConfig.metadata.enable-oslogin",
    },
  ],
  passes: [
    { resource: a(TEMPLATE, { metadata: { "enable-oslogin": "TRUE" } }) },
    // A worker of an autoscaler.
    { resource: a(TEMPLATE, { metadata: { "enable-oslogin": "FALSE" } }) },
    { resource: a(ZONAL_GROUP, { allInstancesConfig: { metadata: {} } }) },
  ],
};

const serial: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { metadata: { "serial-port-enable": "TRUE" } }),
      where: "metadata.serial-port-enable",
    },
    {
      resource: a(INSTANCE, { metadata: { "serial-port-enable": "1" } }),
      where: "metadata.serial-port-enable",
    },
    {
      resource: a(GROUP, { allInstancesConfig: { metadata: { "serial-port-enable": "true" } } }),
      where: "allInstancesConfig.metadata.serial-port-enable",
    },
    {
      resource: a("gcp:compute/projectMetadataItem:ProjectMetadataItem", {
        key: "serial-port-enable",
        value: "TRUE",
      }),
      where: "value.serial-port-enable",
    },
  ],
  passes: [
    { resource: a(TEMPLATE, { metadata: { "serial-port-enable": "FALSE" } }) },
    { resource: a(INSTANCE, {}) },
  ],
};

const KEY = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
const customerKey: RuleConfig = { customerKey: true };

const disks: Cases = {
  refuses: [
    {
      resource: a(TEMPLATE, { disks: [{ boot: true, autoDelete: false }] }),
      where: "disks[0].autoDelete",
    },
    {
      resource: a(TEMPLATE, {
        disks: [
          { boot: true, autoDelete: true },
          { boot: false, source: "data", autoDelete: true },
        ],
      }),
      where: "disks[1].autoDelete",
    },
    {
      resource: a(TEMPLATE, { disks: [{ boot: true, autoDelete: true }] }),
      where: "disks[0].diskEncryptionKey",
      config: customerKey,
    },
    {
      resource: a(INSTANCE, { bootDisk: { autoDelete: false } }),
      where: "bootDisk.autoDelete",
    },
    {
      resource: a(INSTANCE, { bootDisk: {} }),
      where: "bootDisk.kmsKeySelfLink",
      config: customerKey,
    },
    {
      resource: a("gcp:compute/disk:Disk", {}),
      where: "diskEncryptionKey.kmsKeySelfLink",
      config: customerKey,
    },
    {
      resource: a("gcp:compute/regionDisk:RegionDisk", {}),
      where: "diskEncryptionKey.kmsKeyName",
      config: customerKey,
    },
  ],
  passes: [
    {
      resource: a(TEMPLATE, {
        disks: [
          { boot: true, autoDelete: true },
          { boot: false, type: "SCRATCH", interface: "NVME" },
          { boot: false, source: "data", autoDelete: false },
        ],
      }),
    },
    {
      resource: a(TEMPLATE, { disks: [{ boot: true, diskEncryptionKey: { kmsKeySelfLink: KEY } }] }),
      config: customerKey,
    },
    { resource: a(INSTANCE, { bootDisk: { kmsKeySelfLink: KEY } }), config: customerKey },
    { resource: a("gcp:compute/disk:Disk", {}) },
  ],
};

export const machinesCases: Readonly<Record<string, Cases>> = {
  "no-project-ssh-keys": sshKeys,
  "shielded-vm": shielded,
  "os-login": login,
  "no-serial-port": serial,
  "protected-disks": disks,
};
