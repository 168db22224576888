import * as z from 'zod'
import { ErrorBody } from './errors.ts'

/**
 * Registries as people deal with them: who they are there, what kind of registry it is, and what is wrong with it.
 * A registry is named `host[:port]`; a login may be for a part of it only: `host/path`. No secret is in any of these.
 */

/** The kinds of registry that differ in how one gets in; `distribution` is any other. */
export const RegistryKind = z.enum([
  'ghcr',
  'docker-hub',
  'gitlab',
  'ecr',
  'acr',
  'gar',
  'harbor',
  'quay',
  'artifactory',
  'distribution',
])
export type RegistryKind = z.infer<typeof RegistryKind>

/** What fills the form for one kind of registry, and what its owners call things. */
export const RegistryPreset = z.object({
  kind: RegistryKind,
  /** `GitHub (GHCR)`. */
  name: z.string(),
  /** Host, where all have the same one: `ghcr.io`; else an example of it. */
  host: z.string(),
  fixedHost: z.boolean(),
  /** A repository as it has to look there: `OWNER/CACHE`. */
  repository: z.string(),
  /** What to type as name and as password, in this registry's own words. */
  username: z.string(),
  password: z.string(),
  /** Where that password is made. */
  help: z.string().optional(),
})
export type RegistryPreset = z.infer<typeof RegistryPreset>

/** A login that was found. */
export const RegistryLogin = z.object({
  /** `host[:port][/path]`: what it is for. */
  scope: z.string(),
  kind: z.enum(['basic', 'token', 'identity']),
  username: z.string().optional(),
  origin: z.enum(['given', 'environment', 'strata', 'file', 'helper', 'mirror']),
  /** Where exactly, in words: `~/.docker/config.json`, `docker-credential-pass`, `mirror "lab" in …/mirrors.yaml`. */
  source: z.string(),
  /** Why it could not be read, when that is what was found: a helper that fails, a variable that is not set. */
  problem: z.string().optional(),
})
export type RegistryLogin = z.infer<typeof RegistryLogin>

/** Where Strata keeps the logins it is given, and in how far that is safe. */
export const Keychain = z.object({
  kind: z.enum(['system', 'file', 'none']),
  /** In words: `the desktop’s keyring (Secret Service)`, `/home/me/.config/strata/logins.json, readable by you alone`. */
  where: z.string(),
  /** Why the system's keychain is not used, when it is not. */
  problem: z.string().optional(),
})
export type Keychain = z.infer<typeof Keychain>

/** What the user set for one registry. */
export const RegistrySettings = z.object({
  registry: z.string().min(1),
  kind: RegistryKind.default('distribution'),
  /** PEM files of authorities to trust for it beside the system's. */
  caFiles: z.array(z.string()).default([]),
  /** Accept any certificate of it. */
  insecure: z.boolean().default(false),
  /** It speaks http, not TLS. */
  plainHttp: z.boolean().default(false),
})
export type RegistrySettings = z.infer<typeof RegistrySettings>

/** A registry that is known here: set up, logged in to, named by a mirror, or used before. */
export const KnownRegistry = RegistrySettings.extend({
  /** Set up by the user, so that it can be changed and removed. */
  configured: z.boolean(),
  logins: z.array(RegistryLogin),
  /** Repositories of it that were used, newest first. */
  recent: z.array(z.string()),
})
export type KnownRegistry = z.infer<typeof KnownRegistry>

export const RegistryList = z.object({
  registries: z.array(KnownRegistry),
  presets: z.array(RegistryPreset),
  keychain: Keychain,
})
export type RegistryList = z.infer<typeof RegistryList>

/** Every login for one repository. */
export const RegistryIdentity = z.object({
  /** `host[:port]/repository`. */
  repository: z.string(),
  /** In the order in which they are tried: the first without a problem is used; none means anonymous. */
  logins: z.array(RegistryLogin),
})
export type RegistryIdentity = z.infer<typeof RegistryIdentity>

// ---- the doctor ----------------------------------------------------------------------------------------------------

export const DoctorStepKey = z.enum([
  'name',
  'proxy',
  'connect',
  'tls',
  'api',
  'login',
  'token',
  'pull',
  'push',
  'mount',
  'delete',
])
export type DoctorStepKey = z.infer<typeof DoctorStepKey>

/** One thing that was tried. */
export const DoctorStep = z.object({
  key: DoctorStepKey,
  /** `warning`: works, or is not needed, but is worth knowing. `skipped`: something before it failed. */
  state: z.enum(['ok', 'warning', 'failed', 'skipped']),
  /** What was found, in one line: `registry.example.org has 2 addresses: …`. */
  found: z.string(),
  milliseconds: z.number(),
  /** What went wrong, when it did. */
  error: ErrorBody.optional(),
  /** The likely cause, for this kind of registry. */
  cause: z.string().optional(),
  /** What to do, one line each; a command stands alone in its line behind `$ `. */
  fix: z.array(z.string()),
})
export type DoctorStep = z.infer<typeof DoctorStep>

export const DoctorReport = z.object({
  /** The reference as it was understood. */
  reference: z.string(),
  kind: RegistryKind,
  /** The kind's name: `GitHub (GHCR)`. */
  kindName: z.string(),
  /** Who we are there and why, in words: `alice, from ~/.docker/config.json`, or `anonymous`. */
  login: z.string(),
  steps: z.array(DoctorStep),
  /** `failed` when a step failed. */
  state: z.enum(['ok', 'warning', 'failed']),
  /** The command that asks the same. */
  command: z.string(),
})
export type DoctorReport = z.infer<typeof DoctorReport>
