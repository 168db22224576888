import * as z from 'zod'
import { EnvironmentRef, Finding } from './models.ts'

/** Spack's own files: read, checked, and changed by a plan that shows its difference and an act that writes it. */

/** A finding about one place of a file; lines and columns count from 1. */
export const FileFinding = Finding.omit({ hash: true }).extend({ line: z.number(), column: z.number() })
export type FileFinding = z.infer<typeof FileFinding>

/** How a mirror's user is named: by environment variables, or (Spack before 0.23) by the password itself. */
export const MirrorLogin = z.object({
  id: z.string().optional(),
  idVariable: z.string().optional(),
  secretVariable: z.string().optional(),
  /** Goes into the file, where everyone who can read it can use it. */
  secret: z.string().optional(),
  tokenVariable: z.string().optional(),
})
export type MirrorLogin = z.infer<typeof MirrorLogin>

/** What is set of a mirror; what is absent stays as it is. */
export const MirrorSettings = z.object({
  /** Where it is read from and written to; `fetch` and `push` that were there go. */
  url: z.string().min(1).optional(),
  /** Where it is read from and written to, where these are apart. */
  fetch: z.string().min(1).optional(),
  push: z.string().min(1).optional(),
  signed: z.boolean().optional(),
  autopush: z.boolean().optional(),
  source: z.boolean().optional(),
  binary: z.boolean().optional(),
  /** `none` takes the login out of the file. */
  login: z.union([MirrorLogin, z.literal('none')]).optional(),
})
export type MirrorSettings = z.infer<typeof MirrorSettings>

/** On, off, or a folder. */
const view = z.union([z.boolean(), z.string().min(1)])
const specs = z.array(z.string().min(1))
const name = z.string().min(1)

export const FileEdit = z.discriminatedUnion('kind', [
  /** A new environment: named, in the instance, or in a folder. */
  z.object({ kind: z.literal('create'), place: z.enum(['named', 'folder']), name, specs, view: view.default(true) }),
  z.object({ kind: z.literal('add-specs'), specs: specs.min(1) }),
  z.object({ kind: z.literal('remove-specs'), specs: specs.min(1) }),
  z.object({ kind: z.literal('change-spec'), from: name, to: name }),
  z.object({ kind: z.literal('set-view'), view }),
  /** Characters that the store's root is padded to; 0 takes the setting away. */
  z.object({ kind: z.literal('set-padding'), length: z.number().int().min(0).max(4096) }),
  /** `only`: as `mirrors::`, so that the mirrors of lower scopes do not count. */
  z.object({ kind: z.literal('add-mirror'), name, settings: MirrorSettings, only: z.boolean().default(false) }),
  z.object({ kind: z.literal('set-mirror'), name, settings: MirrorSettings }),
  z.object({ kind: z.literal('remove-mirror'), name }),
  /** Writes `mirrors::`, so that those of lower scopes do not count, or `mirrors:` again. */
  z.object({ kind: z.literal('only-mirrors'), only: z.boolean() }),
  /** Puts the name of a variable in the place of a secret, or takes the login out and keeps it in Strata's keychain. */
  z.object({ kind: z.literal('hide-secret'), name, to: z.enum(['variable', 'keychain']), variable: name.optional() }),
  /**
   * The whole text of the spack.yaml, as an editor gives it; `digest`: of the text that was edited. Where somebody else has
   * changed the file since, both changes are made if `base` is that text and they lie apart.
   */
  z.object({
    kind: z.literal('text'),
    text: z.string(),
    digest: z.string().optional(),
    base: z.string().optional(),
  }),
])
export type FileEdit = z.infer<typeof FileEdit>

export const FileEditRequest = EnvironmentRef.partial().extend({
  /** `env`, `user`, `site`, `system`; by default the environment's, without one the user's. */
  scope: z.string().optional(),
  edit: FileEdit,
})
export type FileEditRequest = z.infer<typeof FileEditRequest>
export type FileEditRequestInput = z.input<typeof FileEditRequest>

export const FileEditPlan = z.object({
  /** Names this plan for `edit.apply`. */
  id: z.string(),
  title: z.string(),
  /** The file that is written, and the scope that it is. */
  file: z.string(),
  scope: z.string(),
  /** The file is not there yet. */
  creates: z.boolean(),
  /** A unified difference; secrets in it are hidden. */
  diff: z.string(),
  /** Nothing would change. */
  empty: z.boolean(),
  /** What is wrong with the new text. */
  checks: z.array(FileFinding),
  /** What should be known before. */
  findings: z.array(Finding),
  /** The command that does the same. */
  command: z.string(),
  /** Spack's own command for it, where it has one. */
  spackCommand: z.string().optional(),
})
export type FileEditPlan = z.infer<typeof FileEditPlan>

export const FileEditResult = z.object({
  file: z.string(),
  /** Somebody else had changed the file meanwhile; both changes are in it. */
  merged: z.boolean(),
  diff: z.string(),
  /** The name or the folder of an environment that was created. */
  created: z.string().optional(),
})
export type FileEditResult = z.infer<typeof FileEditResult>

/** The writing of a plan waits for another program, which changes the environment. `holder`: which, in words. */
export const FileEditWait = z.object({ plan: z.string(), holder: z.string() })
export type FileEditWait = z.infer<typeof FileEditWait>

/** Where a value was set. */
export const SettingPlace = z.object({ scope: z.string(), file: z.string(), line: z.number(), column: z.number() })
export type SettingPlace = z.infer<typeof SettingPlace>

/** One entry of `specs:`. What unfolds to several specs is shown, and changed by hand alone. */
export const RootEntry = z.object({
  kind: z.enum(['spec', 'matrix', 'definition', 'group']),
  text: z.string(),
  line: z.number(),
})

export type RootEntry = z.infer<typeof RootEntry>

/** A value that counts for an environment. Without a place nobody sets it, and Spack's default counts. */
export const ManifestSetting = z.object({
  /** Undefined for what is written as a mapping or a list: that is changed by hand alone. */
  value: z.union([z.boolean(), z.string()]).optional(),
  place: SettingPlace.optional(),
})
export type ManifestSetting = z.infer<typeof ManifestSetting>

export const ManifestText = z.object({
  file: z.string(),
  /** As it stands in the file, secrets too: it is the user's own. */
  text: z.string(),
  digest: z.string(),
  roots: z.array(RootEntry),
  /** Undefined where the file, or for `unify` the configuration, cannot be read. */
  view: ManifestSetting.optional(),
  unify: ManifestSetting.optional(),
  checks: z.array(FileFinding),
})
export type ManifestText = z.infer<typeof ManifestText>

/** What could be written at the cursor of an editor, and from which column on it would replace what is there. */
export const ManifestCompletions = z.object({
  /** Counts from 0. */
  from: z.number(),
  options: z.array(z.object({ label: z.string(), detail: z.string() })),
})
export type ManifestCompletions = z.infer<typeof ManifestCompletions>

/** A file that a section can be written to, which need not be there yet. */
export const WritableScope = z.object({
  scope: z.string(),
  file: z.string(),
  /** Whether this user may write it. */
  writable: z.boolean(),
})
export type WritableScope = z.infer<typeof WritableScope>

export const ConfiguredMirror = z.object({
  name: z.string(),
  fetchUrl: z.string().optional(),
  pushUrl: z.string().optional(),
  oci: z.boolean(),
  signed: z.boolean().optional(),
  autopush: z.boolean(),
  source: z.boolean(),
  binary: z.boolean(),
  /** In words: `me, password in $TOKEN`; never a secret. */
  login: z.string().optional(),
  secretInFile: z.boolean(),
  place: SettingPlace.optional(),
})
export type ConfiguredMirror = z.infer<typeof ConfiguredMirror>

export const MirrorList = z.object({
  mirrors: z.array(ConfiguredMirror),
  /** `mirrors::` cuts the lower scopes off here. */
  only: SettingPlace.optional(),
  /** Where mirrors can be written to. */
  scopes: z.array(WritableScope),
  spackVersion: z.string().optional(),
  /** Whether this Spack reads logins from environment variables; one before 0.23 reads the password itself, in the file. */
  loginVariables: z.boolean(),
})
export type MirrorList = z.infer<typeof MirrorList>

export const PaddingRequest = EnvironmentRef.partial().extend({
  /** A store to install into: is it too long for any package? */
  into: z.string().optional(),
  /** A padded length to think of. */
  length: z.number().int().min(1).max(4096).optional(),
})

/** A package, and how far it can be moved. Lengths are bytes. */
export const PackageRoom = z.object({
  hash: z.string(),
  name: z.string(),
  version: z.string(),
  prefixLength: z.number(),
  /** The longest store root, padding included, that it can be installed to with all its strings. */
  longestRoot: z.number(),
  /** Of a target that is longer: by how much, and whose prefix is to blame (itself, or what it links to). */
  tooLong: z.object({ by: z.number(), because: z.string() }).optional(),
})

export const PaddingReport = z.object({
  root: z.string(),
  paddedRoot: z.string(),
  /** Of the padded root. */
  length: z.number(),
  /** `config:install_tree:padded_length`, and where it is set. */
  setting: SettingPlace.extend({ value: z.union([z.number(), z.boolean()]) }).optional(),
  /** Files that it can be set in. */
  scopes: z.array(WritableScope),
  packages: z.array(PackageRoom),
  /** The longest root that every package can be moved to; undefined while none is installed. */
  longestRoot: z.number().optional(),
  target: z.object({ root: z.string(), paddedRoot: z.string(), length: z.number(), failing: z.number() }).optional(),
  /** What another padded length would mean. */
  proposal: z
    .object({ length: z.number(), paddedRoot: z.string(), rebuild: z.array(z.string()), why: z.string() })
    .optional(),
})
export type PaddingReport = z.infer<typeof PaddingReport>
