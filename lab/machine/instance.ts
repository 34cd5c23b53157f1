import path from "node:path";
import { LabError } from "../errors.ts";
import { labDirectory, logDirectory, ownInstance } from "../paths.ts";

/** Everything a machine's number decides: its names, addresses and places on this computer. */
export interface Instance {
  readonly number: number;
  /** Of its network namespace, of the link on this computer's side, of its cgroup; its host name too. */
  readonly name: string;
  /** This computer's address on the link to the machine; registries and GitLab listen there. */
  readonly bridgeAddress: string;
  /** The machine's address. */
  readonly address: string;
  /** Both addresses' network, as CIDR. */
  readonly subnet: string;
  /** The nftables table that connects the machine to this computer's network. */
  readonly table: string;
  /** Holds what is up now; gone once the machine is thrown away. */
  readonly runDirectory: string;
  readonly logPath: string;
}

/** The highest instance number: it is the third byte of its addresses. */
const highest = 200;

/**
 * The names and addresses of the machine with this number, by default the lab's own.
 *
 * @throws LabError when the number is no whole number from 0 to 200.
 */
export function instanceOf(number: number = ownInstance): Instance {
  if (!Number.isInteger(number) || number < 0 || number > highest) {
    throw new LabError(`Machine ${number}: the number must be a whole number from 0 to ${highest}`);
  }
  const name = number === 0 ? "buildx-lab" : `buildx-lab-${number}`;
  return {
    number,
    name,
    bridgeAddress: `10.77.${number}.1`,
    address: `10.77.${number}.2`,
    subnet: `10.77.${number}.0/24`,
    table: name.replaceAll("-", "_"),
    runDirectory: path.join(labDirectory, "run", String(number)),
    logPath: path.join(logDirectory, `${name}.log`),
  };
}
