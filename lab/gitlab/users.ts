/** Users, and what they may do. */

/** GitLab's numbers for roles and protection levels, as its API documentation lists them. */
export const accessLevels = {
  none: 0,
  guest: 10,
  reporter: 20,
  developer: 30,
  maintainer: 40,
  owner: 50,
  admin: 60,
} as const;

export type Role = "guest" | "reporter" | "developer" | "maintainer" | "owner";

export interface User {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly admin: boolean;
  /** The user of a project access token. */
  readonly bot: boolean;
  readonly createdAt: string;
  /** Full path of a group or project to the role held there; a group's role counts for all below it. */
  readonly roles: Map<string, Role>;
}
