import {
  any,
  boolean,
  either,
  list,
  type MapShape,
  map,
  mapOf,
  nothing,
  number,
  oneOf,
  type Shape,
  since,
  text,
  texts,
  until,
} from './shape.ts'

/**
 * What Spack 0.22 to 1.2 accept in their YAML files: the keys, kinds and versions of `lib/spack/spack/schema`. Sections that
 * people seldom write by hand (`ci`, `compilers`) are checked as far as their first levels.
 */

const textOrNull = either(text, nothing)
const textOrNumber = either(text, number(Number.NEGATIVE_INFINITY))
const modifications = map({
  set: mapOf(textOrNumber),
  unset: list(textOrNumber),
  prepend_path: mapOf(textOrNumber),
  append_path: mapOf(textOrNumber),
  remove_path: mapOf(textOrNumber),
})
const flags = map({
  cflags: textOrNull,
  cxxflags: textOrNull,
  fflags: textOrNull,
  cppflags: textOrNull,
  ldflags: textOrNull,
  ldlibs: textOrNull,
})

// ---- mirrors.yaml --------------------------------------------------------------------------------------------------

const variablesPair = map(
  { id: text, id_variable: text, secret_variable: text },
  { needs: ['secret_variable'], open: true },
)
const connection = {
  url: text,
  access_pair: either(until('1.1', list(textOrNull)), since('0.23', variablesPair)),
  access_token: until('1.1', textOrNull),
  access_token_variable: since('0.23', textOrNull),
  profile: textOrNull,
  endpoint_url: textOrNull,
}
const direction = either(text, map(connection))
export const mirrorShape: MapShape = map({
  ...connection,
  source: boolean,
  binary: boolean,
  signed: boolean,
  autopush: boolean,
  fetch: direction,
  push: direction,
})

// ---- specs and views -----------------------------------------------------------------------------------------------

const matrix = map({ matrix: list(texts), exclude: texts })
const specList = list(either(text, nothing, matrix))
const group = since('1.2', map({ group: text, specs: specList }, { rest: any }))
const rootList = list(either(text, nothing, matrix, group))
const projections = mapOf(text)
const view = map(
  {
    root: text,
    link: oneOf('roots', 'all', 'run'),
    link_type: text,
    select: texts,
    exclude: texts,
    projections,
    group: since('1.2', any),
  },
  { needs: ['root'] },
)

// ---- config.yaml ---------------------------------------------------------------------------------------------------

const linking = oneOf('rpath', 'runpath')
const config = map(
  {
    flags: map({ keep_werror: oneOf('all', 'specific', 'none') }, { open: true }),
    shared_linking: either(
      linking,
      map({ type: linking, bind: boolean, missing_library_policy: oneOf('error', 'warn', 'ignore') }, { open: true }),
    ),
    install_tree: either(
      map({ root: text, padded_length: either(number(0), boolean), projections }, { open: true }),
      until('1.0', text),
    ),
    install_hash_length: number(1),
    build_stage: either(text, texts),
    stage_name: text,
    develop_stage_link: text,
    test_stage: text,
    extensions: texts,
    template_dirs: texts,
    license_dir: text,
    source_cache: text,
    misc_cache: text,
    environments_root: text,
    connect_timeout: number(0),
    verify_ssl: boolean,
    ssl_certs: text,
    suppress_gpg_warnings: boolean,
    debug: boolean,
    checksum: boolean,
    deprecated: boolean,
    locks: boolean,
    dirty: boolean,
    build_language: text,
    build_jobs: number(1),
    concurrent_packages: number(1),
    ccache: boolean,
    db_lock_timeout: number(1),
    package_lock_timeout: either(number(1), nothing),
    allow_sgid: boolean,
    install_status: boolean,
    binary_index_root: text,
    binary_index_ttl: number(0),
    url_fetch_method: text,
    additional_external_search_paths: texts,
    aliases: mapOf(text),
    installer: oneOf('old', 'new'),
    install_missing_compilers: boolean,
    concretizer: oneOf('original', 'clingo'),
    install_path_scheme: text,
  },
  { open: true },
)

// ---- concretizer.yaml ----------------------------------------------------------------------------------------------

const reuse = map(
  {
    roots: boolean,
    include: texts,
    exclude: texts,
    from: list(
      map(
        { type: oneOf('local', 'buildcache', 'external', 'environment'), path: text, include: texts, exclude: texts },
        { open: true },
      ),
    ),
  },
  { open: true },
)
const concretizer = map({
  force: since('1.0', boolean),
  reuse: either(boolean, oneOf('dependencies'), reuse),
  enable_node_namespace: boolean,
  targets: map({ host_compatible: boolean, granularity: oneOf('generic', 'microarchitectures') }, { open: true }),
  unify: either(boolean, oneOf('when_possible')),
  compiler_mixing: since('1.0', either(boolean, list(any))),
  splice: since(
    '0.23',
    map({
      explicit: list(
        map({ target: text, replacement: text, transitive: boolean }, { needs: ['target', 'replacement'] }),
      ),
      automatic: boolean,
    }),
  ),
  duplicates: map({ strategy: oneOf('none', 'minimal', 'full'), max_dupes: mapOf(number(1)) }, { open: true }),
  static_analysis: since('1.0', boolean),
  timeout: since('0.23', number(0)),
  error_on_timeout: since('0.23', boolean),
  os_compatible: mapOf(list(any)),
  concretization_cache: since('1.0', map({ enable: boolean, url: text, entry_limit: number(0) }, { open: true })),
  externals: since('1.1', map({ completion: oneOf('architecture_only', 'default_variants') }, { open: true })),
})

// ---- packages.yaml -------------------------------------------------------------------------------------------------

const level = oneOf('user', 'group', 'world')
const packageSettings = {
  require: either(
    text,
    list(either(text, map({ one_of: texts, any_of: texts, spec: text, message: text, when: text }))),
  ),
  prefer: list(either(text, map({ spec: text, message: text, when: text }))),
  conflict: list(either(text, map({ spec: text, message: text, when: text }))),
  buildable: boolean,
  permissions: map({ read: level, write: level, group: text }),
  package_attributes: mapOf(any),
  variants: either(text, texts),
}
const external = {
  spec: text,
  prefix: text,
  modules: texts,
  id: since('1.0', text),
  extra_attributes: mapOf(any),
  dependencies: since('1.0', list(mapOf(any))),
}
const externals = either(
  until('1.0', list(map(external, { needs: ['spec'], open: true }))),
  since('1.0', list(map(external, { needs: ['spec'] }))),
)
const ignored = until('1.0', any)
const packages = map(
  {
    all: map({
      ...packageSettings,
      target: texts,
      compiler: texts,
      providers: mapOf(texts),
      version: ignored,
    }),
  },
  {
    rest: map({
      ...packageSettings,
      version: list(textOrNumber),
      externals,
      target: ignored,
      compiler: ignored,
      providers: ignored,
    }),
  },
)

// ---- modules.yaml --------------------------------------------------------------------------------------------------

const moduleFile = map({
  filter: map({ exclude_env_vars: texts }),
  template: text,
  autoload: oneOf('none', 'run', 'direct', 'all'),
  prerequisites: oneOf('none', 'run', 'direct', 'all'),
  conflict: texts,
  load: texts,
  suffixes: mapOf(text),
  environment: modifications,
})
const moduleSystem = {
  verbose: boolean,
  hash_length: number(0),
  include: texts,
  exclude: texts,
  exclude_implicits: boolean,
  defaults: texts,
  hide_implicits: boolean,
  naming_scheme: text,
  projections,
  all: moduleFile,
}
const modules = map(
  { prefix_inspections: mapOf(texts) },
  {
    rest: map({
      use_view: either(text, boolean),
      arch_folder: boolean,
      roots: map({ tcl: text, lmod: text }, { open: true }),
      enable: list(oneOf('tcl', 'lmod')),
      tcl: map(moduleSystem, { rest: moduleFile }),
      lmod: map(
        {
          ...moduleSystem,
          core_compilers: texts,
          hierarchy: texts,
          core_specs: texts,
          filter_hierarchy_specs: mapOf(texts),
        },
        { rest: moduleFile },
      ),
      prefix_inspections: mapOf(texts),
    }),
  },
)

// ---- the rest ------------------------------------------------------------------------------------------------------

const includeEntry = either(
  text,
  since(
    '1.0',
    map({
      when: text,
      name: text,
      path_override_env_var: text,
      path: text,
      sha256: text,
      optional: boolean,
      prefer_modify: boolean,
      git: since('1.1', text),
      branch: since('1.1', text),
      commit: since('1.1', text),
      tag: since('1.1', text),
      paths: since('1.1', texts),
    }),
  ),
)
const gitRepository = map({ git: text, branch: text, commit: text, tag: text, destination: text, paths: texts })
const compiler = map(
  {
    paths: map(
      { cc: textOrNull, cxx: textOrNull, f77: textOrNull, fc: textOrNull },
      { needs: ['cc', 'cxx', 'f77', 'fc'] },
    ),
    flags,
    spec: text,
    operating_system: text,
    target: text,
    alias: textOrNull,
    modules: either(nothing, texts),
    implicit_rpaths: either(texts, boolean),
    environment: modifications,
    extra_rpaths: texts,
  },
  { needs: ['paths', 'spec', 'modules', 'operating_system'] },
)
const container = map({
  format: oneOf('docker', 'singularity'),
  images: mapOf(any),
  strip: boolean,
  os_packages: map({
    command: oneOf('apt', 'yum', 'zypper', 'apk', 'yum_amazon'),
    update: boolean,
    build: texts,
    final: texts,
  }),
  labels: mapOf(any),
  template: text,
  singularity: map({ runscript: text, startscript: text, test: text, help: text }),
  docker: map({}),
  depfile: boolean,
})

const jobs = ['any', 'build', 'cleanup', 'copy', 'noop', 'reindex', 'signing']
/** What is in a job goes into the CI's own file, whose schema is not Spack's. */
const pipelineEntry = map({
  ...Object.fromEntries(jobs.flatMap((job) => [`${job}-job`, `${job}-job-remove`]).map((key) => [key, any])),
  submapping: list(map({ match: texts, 'build-job': any, 'build-job-remove': any }, { needs: ['match'] })),
  match_behavior: oneOf('first', 'merge'),
  'dynamic-mapping': since('1.0', map({ endpoint: text }, { open: true, needs: ['endpoint'] })),
})
const ci = map(
  {
    'pipeline-gen': list(pipelineEntry),
    'rebuild-index': boolean,
    'broken-specs-url': text,
    'broken-tests-packages': texts,
    target: text,
    // Up to 0.22; later ones neither read nor refuse them.
    'enable-artifacts-buildcache': any,
    'temporary-storage-url-prefix': any,
  },
  { open: true },
)

/** Every section of the configuration, by its key. */
export const sectionShapes: Readonly<Record<string, Shape>> = {
  bootstrap: map(
    {
      enable: boolean,
      root: text,
      sources: list(map({ name: text, metadata: text }, { needs: ['name', 'metadata'] })),
      trusted: mapOf(boolean),
    },
    { open: true },
  ),
  cdash: map({ 'build-group': text, url: text, project: text, site: text }, { needs: ['build-group'] }),
  ci,
  compilers: list(map({ compiler })),
  concretizer,
  config,
  container,
  definitions: list(map({ when: text }, { rest: specList })),
  develop: mapOf(map({ spec: text, path: text }, { needs: ['spec'] })),
  env_vars: since('1.0', modifications),
  include: list(includeEntry),
  mirrors: mapOf(either(text, mirrorShape)),
  modules,
  packages,
  repos: either(texts, since('1.0', mapOf(either(text, gitRepository)))),
  toolchains: since('1.0', mapOf(either(text, list(map({ spec: text, when: text }, { open: true }))))),
  upstreams: mapOf(map({ install_tree: text, modules: map({ tcl: text, lmod: text }, { open: true }) })),
  view: either(boolean, text, mapOf(view)),
}

/** What stands below `spack:` in a spack.yaml. */
export const environmentShape: MapShape = map({
  ...sectionShapes,
  specs: rootList,
  include_concrete: texts,
  'gitlab-ci': until('0.23', any),
})
