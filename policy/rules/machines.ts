/** How machines are set up. */
import { GROUPS, MACHINES, MACHINES_AND_CHANGES, TEMPLATES } from "../kinds.ts";
import { type Check, type Finding, on, type Rule, type RuleConfig } from "../rule.ts";

type Metadata = Readonly<Record<string, string>>;

/** Booleans of metadata are text: TRUE, true, 1, Y. */
const isTrue = (value: string | undefined): boolean => /^(?:true|1|y|yes)$/i.test(value ?? "");

/** Keys under which Google keeps SSH keys. */
const SSH_KEYS = ["ssh-keys", "sshKeys"] as const;

const NO_KEYS = "Remove it: people log in with OS Login, and IAM controls their rights";

const keysIn = (metadata: Metadata | undefined, where: string): Finding[] =>
  SSH_KEYS.filter((key) => metadata?.[key] !== undefined).map((key) => ({
    where: `${where}.${key}`,
    what: "the owners of these keys can log in until it is changed",
    remedy: NO_KEYS,
  }));

/** @see https://cloud.google.com/compute/docs/connect/restrict-ssh-keys#block-keys */
const noProjectSshKeys: Rule = {
  name: "no-project-ssh-keys",
  description: "No SSH key of the project gives access to a machine, and metadata contains no SSH key.",
  of: "inputs",
  url: "https://cloud.google.com/compute/docs/connect/restrict-ssh-keys",
  checks: [
    on(MACHINES, ({ metadata }) =>
      isTrue(metadata?.["block-project-ssh-keys"])
        ? []
        : [
            {
              where: "metadata.block-project-ssh-keys",
              what: "everyone with an SSH key in the project's metadata can log in",
              remedy: "Set it to TRUE",
            },
          ],
    ),
    on(MACHINES_AND_CHANGES, ({ metadata }) => keysIn(metadata, "metadata")),
    on(GROUPS, ({ allInstancesConfig }) =>
      keysIn(allInstancesConfig?.metadata, "allInstancesConfig.metadata"),
    ),
    on(["gcp:compute/projectMetadata:ProjectMetadata"], ({ metadata }) => keysIn(metadata, "metadata")),
    on(["gcp:compute/projectMetadataItem:ProjectMetadataItem"], ({ key }) =>
      SSH_KEYS.some((name) => name === key)
        ? [
            {
              where: "key",
              what: "an SSH key of the project gives access to every machine in it",
              remedy: NO_KEYS,
            },
          ]
        : [],
    ),
  ],
};

const SHIELDS = ["enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring"] as const;

const shieldedVm: Rule = {
  name: "shielded-vm",
  description: "Machines are shielded VMs: secure boot, virtual TPM and integrity monitoring.",
  of: "inputs",
  url: "https://cloud.google.com/compute/shielded-vm/docs/shielded-vm",
  checks: [
    on(MACHINES, ({ shieldedInstanceConfig }) =>
      SHIELDS.filter((shield) => shieldedInstanceConfig?.[shield] !== true).map((shield) => ({
        where: `shieldedInstanceConfig.${shield}`,
        what: "it is off",
        remedy: "Set it to true",
      })),
    ),
  ],
};

const osLogin: Rule = {
  name: "os-login",
  description:
    "People log in with OS Login; only machines without a service account, such as an autoscaler's workers, may omit it.",
  of: "inputs",
  url: "https://cloud.google.com/compute/docs/oslogin",
  checks: [
    on(MACHINES, ({ metadata, serviceAccount }) => {
      const value = metadata?.["enable-oslogin"];
      const where = "metadata.enable-oslogin";
      if (isTrue(value)) return [];
      if (value === undefined)
        return [{ where, what: "the project decides how people log in", remedy: "Set it to TRUE" }];
      // A worker's manager logs in as the account that owns the daemon, which OS Login cannot give it.
      return serviceAccount === undefined
        ? []
        : [
            {
              where,
              what: "people log in with SSH keys on a machine that has a service account",
              remedy: "Set it to TRUE, or remove the service account: an autoscaler's worker needs none",
            },
          ];
    }),
    on(GROUPS, ({ allInstancesConfig }) => {
      const value = allInstancesConfig?.metadata?.["enable-oslogin"];
      return value === undefined || isTrue(value)
        ? []
        : [
            {
              where: "allInstancesConfig.metadata.enable-oslogin",
              what: "the group turns OS Login off on every machine",
              remedy: "Remove it: the template decides",
            },
          ];
    }),
  ],
};

const serialPort = (metadata: Metadata | undefined, where: string): Finding[] =>
  isTrue(metadata?.["serial-port-enable"])
    ? [
        {
          where: `${where}.serial-port-enable`,
          what: "the serial port can be reached from every address, regardless of firewalls",
          remedy: "Set it to FALSE: the machine's output on it can still be read",
        },
      ]
    : [];

const noSerialPort: Rule = {
  name: "no-serial-port",
  description: "The serial port allows no login.",
  of: "inputs",
  url: "https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-using-serial-console",
  checks: [
    on(MACHINES_AND_CHANGES, ({ metadata }) => serialPort(metadata, "metadata")),
    on(GROUPS, ({ allInstancesConfig }) =>
      serialPort(allInstancesConfig?.metadata, "allInstancesConfig.metadata"),
    ),
    on(["gcp:compute/projectMetadata:ProjectMetadata"], ({ metadata }) => serialPort(metadata, "metadata")),
    on(["gcp:compute/projectMetadataItem:ProjectMetadataItem"], ({ key = "", value = "" }) =>
      serialPort({ [key]: value }, "value"),
    ),
  ],
};

const ownKeyWanted = (config: RuleConfig): boolean => config.customerKey === true;

const withoutOwnKey = (where: string): Finding => ({
  where,
  what: "the disk is encrypted with Google's key, and this organization wants its own",
  remedy: "Set a key: disk.kmsKey of the fleet",
});

/** A disk that outlives its machine keeps the images, caches and sources of its jobs. */
const templateDisks: Check = on(TEMPLATES, ({ disks = [] }, _, config) =>
  disks.flatMap(({ boot, type, autoDelete, source, diskEncryptionKey }, index): Finding[] => {
    const where = `disks[${index}]`;
    const found: Finding[] = [];
    if ((boot ?? index === 0) && autoDelete === false)
      found.push({
        where: `${where}.autoDelete`,
        what: "the boot disk stays when the machine is deleted, with all data of its jobs",
        remedy: "Set it to true",
      });
    if (boot === false && type !== "SCRATCH" && source !== undefined && autoDelete !== false)
      found.push({
        where: `${where}.autoDelete`,
        what: "a disk that was created separately is deleted with the machine",
        remedy: "Set it to false: only boot disks and local SSDs may be deleted with it",
      });
    if (ownKeyWanted(config) && type !== "SCRATCH" && diskEncryptionKey?.kmsKeySelfLink === undefined)
      found.push(withoutOwnKey(`${where}.diskEncryptionKey`));
    return found;
  }),
);

const instanceDisks: Check = on(["gcp:compute/instance:Instance"], ({ bootDisk = {} }, _, config) => [
  ...(bootDisk.autoDelete === false
    ? [
        {
          where: "bootDisk.autoDelete",
          what: "the boot disk stays when the machine is deleted, with all its data",
          remedy: "Set it to true",
        },
      ]
    : []),
  ...(ownKeyWanted(config) && bootDisk.kmsKeySelfLink === undefined
    ? [withoutOwnKey("bootDisk.kmsKeySelfLink")]
    : []),
]);

const protectedDisks: Rule = {
  name: "protected-disks",
  description: "Boot disks are deleted with their machine, other disks are not; encryption is as configured.",
  of: "inputs",
  url: "https://cloud.google.com/compute/docs/disks/customer-managed-encryption",
  config: {
    customerKey: {
      type: "boolean",
      description: "Every disk must be encrypted with a key of your own.",
      default: false,
    },
  },
  checks: [
    templateDisks,
    instanceDisks,
    on(["gcp:compute/disk:Disk"], ({ diskEncryptionKey }, _, config) =>
      ownKeyWanted(config) && diskEncryptionKey?.kmsKeySelfLink === undefined
        ? [withoutOwnKey("diskEncryptionKey.kmsKeySelfLink")]
        : [],
    ),
    on(["gcp:compute/regionDisk:RegionDisk"], ({ diskEncryptionKey }, _, config) =>
      ownKeyWanted(config) && diskEncryptionKey?.kmsKeyName === undefined
        ? [withoutOwnKey("diskEncryptionKey.kmsKeyName")]
        : [],
    ),
  ],
};

export const machineRules: readonly Rule[] = [
  noProjectSshKeys,
  shieldedVm,
  osLogin,
  noSerialPort,
  protectedDisks,
];
