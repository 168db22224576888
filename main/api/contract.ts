import * as z from 'zod'
import { ActPlan, ActRequest } from './acts.ts'
import {
  Catalog,
  CatalogProgress,
  CatalogRow,
  FilePreview,
  ImageComparison,
  ImageDetail,
  LayerFiles,
  LayerRequest,
  RepositoryList,
  RepositoryRequest,
} from './catalog.ts'
import { CiRecipe, CiRequest, CiWriteRequest } from './ci.ts'
import { ComposeProgress, ComposeRequest, CompositionDraft, CompositionPreview, OpenedComposition } from './compose.ts'
import { ErrorBody } from './errors.ts'
import { ExplainProgress, ExplainRequest, Explanation } from './explain.ts'
import { CheckProgress, InstallPlan, InstallRequest } from './install.ts'
import {
  AppInfo,
  CacheInfo,
  EnvironmentDetail,
  EnvironmentRef,
  GivenCredentials,
  Job,
  PushPlan,
  PushRequest,
  pushTarget,
  Settings,
  Workspace,
} from './models.ts'
import {
  DoctorReport,
  DoctorStep,
  RegistryIdentity,
  RegistryList,
  RegistryLogin,
  RegistrySettings,
} from './registries.ts'
import {
  FileEditPlan,
  FileEditRequest,
  FileEditResult,
  FileEditWait,
  FileFinding,
  ManifestCompletions,
  ManifestText,
  MirrorList,
  PaddingReport,
  PaddingRequest,
} from './spack-files.ts'
import { OutputPage, OutputRequest, SpackOutput, SpackPlan, SpackRunRequest } from './spack-runs.ts'

// A content security policy without 'unsafe-eval' stands in every shell: zod must not compile its parsers.
z.config({ jitless: true })

const nothing = z.object({})
const byId = z.object({ id: z.string() })
/** Names a long call in its events, and to `run.cancel`. */
const run = z.string().optional()
/** One image: a tag or a digest of a repository. */
const image = RepositoryRequest.extend({ tag: z.string().min(1) })

/**
 * Every method of the engine, once: what goes in, what comes out. The Electron bridge, the WebSocket host, the
 * renderer's client and the command line all come from this table; nobody writes a method down a second time.
 */
export const contract = {
  'app.info': { input: nothing, output: AppInfo },

  /** The Spack instances and environments that can be found or were opened before. Touches no network. */
  'workspace.read': { input: nothing, output: Workspace },
  /** Remembers a Spack root or a folder with a spack.yaml. */
  'workspace.open': { input: z.object({ path: z.string().min(1) }), output: Workspace },
  'workspace.forget': { input: z.object({ path: z.string() }), output: Workspace },
  /** Unpacks the sample that ships with the app; afterwards it is among the instances. */
  'workspace.sample': { input: nothing, output: z.object({ ref: EnvironmentRef, target: z.string() }) },

  'environment.read': { input: EnvironmentRef, output: EnvironmentDetail },
  /** Bytes on disk of every installed package, by DAG hash. Walks the prefixes: slow for a large environment. */
  'environment.sizes': { input: EnvironmentRef, output: z.record(z.string(), z.number()) },
  /** DAG hashes of the environment's packages that have a tag in a build cache. Asks the registry. */
  'environment.cached': { input: EnvironmentRef.extend(pushTarget), output: z.array(z.string()) },

  /** An environment's spack.yaml as it stands, for an editor. */
  'environment.text': { input: EnvironmentRef, output: ManifestText },
  /** What is wrong with a text that is to become it. */
  'environment.check': { input: EnvironmentRef.extend({ text: z.string() }), output: z.array(FileFinding) },
  /** What could be written at a place of such a text; `line` and `column` count from 0. */
  'environment.complete': {
    input: EnvironmentRef.extend({ text: z.string(), line: z.number().int().min(0), column: z.number().int().min(0) }),
    output: ManifestCompletions,
  },
  /** The mirrors that count, with the file and the line that each comes from. */
  'mirrors.read': { input: EnvironmentRef.partial(), output: MirrorList },
  /** How far installed packages can be moved, and what padding would change. */
  'padding.read': { input: PaddingRequest, output: PaddingReport },
  /** What a change of Spack's own files would write: a difference, and checks of the new text. Writes nothing. */
  'edit.plan': { input: FileEditRequest, output: FileEditPlan },
  /** Writes what the plan showed; throws `file-changed` where somebody else changed the same lines meanwhile. */
  'edit.apply': { input: z.object({ plan: z.string() }), output: FileEditResult },

  /** Reads and decides, changes nothing. */
  'push.plan': { input: PushRequest, output: PushPlan },
  /** Does what the plan of that id says, or refuses with `plan-stale`. Answers as soon as the job has begun. */
  'push.run': { input: z.object({ plan: z.string() }), output: z.object({ job: z.string() }) },

  /** Reads and decides, changes nothing. */
  'install.plan': { input: InstallRequest, output: InstallPlan },
  /**
   * The same after fetching the packages and looking for strings that could not be changed: installs nothing.
   */
  'install.check': { input: InstallRequest.extend({ run }), output: InstallPlan },
  /** Does what the plan of that id says, or refuses with `plan-stale`. Answers as soon as the job has begun. */
  'install.run': { input: z.object({ plan: z.string() }), output: z.object({ job: z.string() }) },

  /** The registries that are known here and who we are there. Asks credential helpers, but no registry. */
  'registries.list': { input: nothing, output: RegistryList },
  /** Sets a registry up, or changes it. */
  'registries.save': { input: RegistrySettings, output: RegistryList },
  /** Forgets what was set for a registry, and Strata's own login for it. */
  'registries.forget': { input: z.object({ registry: z.string() }), output: RegistryList },
  /**
   * Keeps a login in Strata's keychain after the registry has taken it. `allowFile`: into a file that only its owner
   * may read, where the system has no keychain.
   */
  'registry.login': {
    input: z.object({
      /** `host[:port][/path]`, or a reference. */
      scope: z.string().min(1),
      credentials: GivenCredentials,
      caFiles: z.array(z.string()).default([]),
      insecure: z.boolean().default(false),
      allowFile: z.boolean().default(false),
    }),
    output: RegistryLogin,
  },
  /** Whether Strata had a login for it. What docker or podman keep stays as it is. */
  'registry.logout': { input: z.object({ scope: z.string().min(1) }), output: z.object({ removed: z.boolean() }) },
  /** Every login for a repository or registry, in the order in which they are tried. Asks no registry. */
  'registry.whoami': { input: EnvironmentRef.partial().extend({ to: z.string().min(1) }), output: RegistryIdentity },
  /** Tries step by step whether a repository can be read and written, and says why not. `run` names it in the events. */
  'registry.doctor': {
    input: EnvironmentRef.partial().extend({ ...pushTarget, run }),
    output: DoctorReport,
  },

  /** The repositories of a registry: as it lists them itself, else those used before. */
  'registry.repositories': {
    input: RepositoryRequest.omit({ repository: true }).extend({ registry: z.string().min(1) }),
    output: RepositoryList,
  },

  /**
   * What a repository holds. `index`: what `index.spack` knows is not read tag by tag; without an index, and with `all`,
   * every manifest and config is, each once ever. Batches come as `catalog.progress` before the answer.
   */
  'catalog.read': {
    input: RepositoryRequest.extend({ detail: z.enum(['index', 'all']).default('index'), run }),
    output: Catalog,
  },
  /** Manifest and config of these tags: those that can be seen, say. */
  'catalog.rows': {
    input: RepositoryRequest.extend({ tags: z.array(z.string()).max(500) }),
    output: z.array(CatalogRow),
  },
  /** One image with its layers, and who else uses each: reads every manifest of the repository that is not known yet. */
  'image.show': { input: image.extend({ run }), output: ImageDetail },
  'image.compare': { input: z.object({ left: image, right: image, run }), output: ImageComparison },
  /** What a layer unpacks to; streams it from the registry. */
  'layer.files': { input: LayerRequest.extend({ run }), output: LayerFiles },
  'layer.preview': { input: LayerRequest.extend({ path: z.string().min(1), run }), output: FilePreview },

  /**
   * Why Spack does or does not take packages from a cache, and what is most like those that it lacks. `explain.progress`
   * tells how far it is.
   */
  'cache.explain': { input: ExplainRequest.extend({ run }), output: Explanation },

  /** CI files that fill a cache from an environment. Writes nothing. */
  'ci.recipe': { input: CiRequest, output: CiRecipe },
  /**
   * Writes them into the repository that the environment lies in; what was there comes back as `existing`. Refuses with
   * `file-exists` to write over a file that holds something else, unless forced.
   */
  'ci.write': { input: CiWriteRequest, output: CiRecipe },

  /** Reads and decides, changes nothing. What a composition makes it read is told with `compose.progress`. */
  'act.plan': { input: z.object({ act: ActRequest, run }), output: ActPlan },
  /** Does what the plan of that id says, or refuses with `plan-stale`. Answers as soon as the job has begun. */
  'act.run': { input: z.object({ plan: z.string() }), output: z.object({ job: z.string() }) },

  /**
   * What comes of a composition; the same request again is answered from memory. Whether it will run is told of the layers
   * that were looked into before; with `examine: 'all'` the others are looked into first. `compose.progress` tells of that, and
   * of a base image's file that is imported.
   */
  'compose.preview': {
    input: ComposeRequest.extend({ examine: z.enum(['known', 'all']).default('known'), run }),
    output: CompositionPreview,
  },
  /** Takes an image of the repository apart, so that it can be composed anew. */
  'compose.open': { input: image.extend({ run }), output: OpenedComposition },
  /** Reads a `strata.yaml`. `file`: its path, for messages and for what is relative to it; a name alone will do. */
  'compose.parse': { input: z.object({ text: z.string(), file: z.string() }), output: CompositionDraft },
  /** Which command would be run, exactly. Runs nothing. */
  'spack.plan': { input: SpackRunRequest, output: SpackPlan },
  /** Runs the command of the plan of that id, or refuses with `plan-stale`. Answers as soon as the job has begun. */
  'spack.run': { input: z.object({ plan: z.string() }), output: z.object({ job: z.string() }) },
  /** What a run of Spack printed; it stays as long as its job does. */
  'spack.output': { input: OutputRequest, output: OutputPage },

  /** Ends the call that was made with this `run`: it rejects with `cancelled`. One that has ended is left alone. */
  'run.cancel': { input: z.object({ run: z.string() }), output: nothing },

  /** Running and past jobs, newest first. */
  'jobs.list': { input: nothing, output: z.array(Job) },
  'jobs.cancel': { input: byId, output: nothing },
  'jobs.pause': { input: byId, output: nothing },
  'jobs.resume': { input: byId, output: nothing },
  /** Plans the same request anew and runs it; what was done before is not done again. */
  'jobs.retry': { input: byId, output: z.object({ job: z.string() }) },
  /** Forgets the jobs that have ended. */
  'jobs.clear': { input: nothing, output: nothing },

  'cache.info': { input: nothing, output: CacheInfo },
  'cache.clear': { input: nothing, output: CacheInfo },

  'settings.read': { input: nothing, output: Settings },
  'settings.write': { input: Settings.partial(), output: Settings },
} as const

export type Contract = typeof contract
export type Method = keyof Contract
/** What a caller passes: defaults may be left out. */
export type Input<M extends Method> = z.input<Contract[M]['input']>
/** What the engine receives: validated, defaults filled in. */
export type Parsed<M extends Method> = z.output<Contract[M]['input']>
export type Output<M extends Method> = z.output<Contract[M]['output']>

/** Every event of the engine. At most ten updates a second and job. */
export const events = {
  'job.changed': Job,
  'settings.changed': Settings,
  /** How far a check of an install has come. */
  'install.checked': z.object({ run: z.string(), progress: CheckProgress }),
  /** A step of a doctor's run that has just ended. */
  'doctor.step': z.object({ run: z.string(), step: DoctorStep }),
  'catalog.progress': CatalogProgress,
  'compose.progress': ComposeProgress,
  /** How far an explanation has come. */
  'explain.progress': z.object({ run: z.string(), progress: ExplainProgress }),
  'spack.output': SpackOutput,
  'edit.waits': FileEditWait,
} as const

export type EventName = keyof typeof events
export type EventPayload<E extends EventName> = z.output<(typeof events)[E]>

export function isMethod(name: string): name is Method {
  return Object.hasOwn(contract, name)
}

/** The envelope, the same over Electron's IPC and over the WebSocket. */
export const RequestEnvelope = z.object({ id: z.number(), method: z.string(), input: z.unknown() })
export type RequestEnvelope = z.infer<typeof RequestEnvelope>
export type ResponseEnvelope = { id: number; ok: unknown } | { id: number; error: ErrorBody }
export type EventEnvelope = { event: EventName; payload: unknown }

/** What a shell holds: the engine itself, or a client that reaches it. */
export interface Engine {
  /** Calls a method; rejects with a StrataError (or its body, on a client). */
  call<M extends Method>(method: M, input: Input<M>): Promise<Output<M>>
  /** Subscribes to an event; the returned function ends the subscription. */
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void
}

export { ErrorBody }
