/** Shapes of spack.yaml that people write, by what is special about each. */
export const corpus: Readonly<Record<string, string>> = {
  'as Spack makes it': `# This is an environment.
#
spack:
  # the packages
  specs: []
  view: true
  concretizer:
    unify: true
`,
  'the tutorial': `spack:
  specs:
  - bash
  - python@3.11
  - py-numpy
  - py-scipy
  - py-matplotlib
  view: true
  concretizer:
    unify: when_possible
  mirrors:
    local-buildcache: /tmp/buildcache
`,
  'indented dashes, comments everywhere': `# top
spack:   # the environment
    specs:      # roots
      # first
      - hdf5 +mpi ^mpich      # with MPI
      - "zlib@1.2:1.3 %gcc@12"

      # - commented-out
      - 'libelf'   # in quotes

    # view comes next
    view: false   # none
    config:
        install_tree:
            root: $env/store   # below the environment
            padded_length: 128
    # the end
`,
  'everything in braces': `spack: {specs: [zlib, "hdf5+mpi"], view: true, config: {install_tree: {root: /opt/x}}, mirrors: {a: "oci://h/a"}}\n`,
  'lists over several lines': `spack:
  specs: [
    zlib,   # small
    hdf5 +mpi,
    cmake
  ]
  view: true
  packages:
    all: {target: [x86_64_v3], require: ["%gcc@12",
      "+shared"]}
  mirrors: {}
`,
  'a trailing comma': `spack:
  specs: [
    zlib,
    cmake,
  ]
`,
  'definitions and a matrix': `spack:
  definitions:
  - compilers: ['%gcc@12', '%clang@15']
  - libs:
    - zlib
    - hdf5+mpi
  - when: arch.satisfies('target=x86_64:')
    libs: [mkl]
  specs:
  - matrix:
    - [$libs]
    - [$^compilers]
    exclude:
    - mkl%clang
  - cmake
  - $libs
  view:
    default:
      root: .spack-env/view
      select: ['%gcc']
      projections: {all: '{name}/{version}'}
`,
  groups: `spack:
  specs:
  - group: compilers
    specs:
    - gcc@14
  - group: apps
    needs: [compilers]
    specs: [hdf5, zlib]
  - cmake
`,
  'groups of every kind': `spack:
    specs:
    # the compiler first
    - group: compiler
      explicit: false   # only for the others
      specs: [gcc@14]
    - group: "apps"
      needs: [compiler]
      specs:
      - matrix:
        - [hdf5, netcdf-c]
        - ['%gcc@14']
        exclude: [netcdf-c%gcc@14]
      - $tools
      override:
        packages:
          all: {target: [x86_64_v3]}
    - zlib   # in no group
    definitions:
    - tools: [cmake, ninja]
      when: platform == "linux"
    view: false
`,
  'includes and a pipeline': `# of our team
spack:
  include:   # lowest first
  - ./gone.yaml
  - path: $env/../common
    when: os == "debian12"
  - git: https://example.org/config.git
    branch: main
    paths: [a.yaml]
  specs: [ zlib ,  "hdf5+mpi" ]   # blanks inside
  mirrors:: {buildcache-destination: {url: "oci://h/c", signed: false}, }
  ci:
    pipeline-gen:
    - build-job:
        tags: [small]
        before_script:
        - - . share/spack/setup-env.sh
          - spack --version
`,
  'anchors and aliases': `spack:
  definitions:
  - base: &base [zlib, bzip2]
  specs:
  - cmake
  packages:
    hdf5: &mpi
      variants: +mpi
    netcdf-c: *mpi
    fftw:
      <<: *mpi
      buildable: false
  mirrors:
    a: {url: oci://h/a, signed: false}
`,
  'mirrors of every form': `spack:
  specs: [cmake]
  mirrors::
    short: oci://ghcr.io/me/cache
    long:
      url: oci://ghcr.io/me/long
      signed: false
      access_pair:
        id: me
        secret_variable: TOKEN
    old:
      url: oci://ghcr.io/me/old
      access_pair: [me, hunter2-in-a-file]   # careful
    split:
      fetch: https://example.org/cache
      push:
        url: s3://bucket/cache
        access_token_variable: T
      autopush: true
`,
  'carriage returns': 'spack:\r\n  specs:\r\n  - zlib # c\r\n  - cmake\r\n\r\n  view: true\r\n',
  'a byte order mark': '\ufeffspack:\n  specs:\n  - zlib\n  view: true\n',
  'no final line break': 'spack:\n  view: false\n  specs:\n  - zlib',
  'a document start, and tabs in comments': `---
# a\ttab
spack:
  include:
  - ./mirrors.yaml
  - path: /etc/spack/site
    optional: true
  specs:
  - zlib # behind\ta tab
  env_vars:
    set:
      TEXT: |
        two
        lines
  develop: {}
`,
  'a long text at its end': `spack:
  specs:
  - zlib
  ci:
    pipeline-gen:
    - build-job:
        script:
        - |
          echo one

          echo two
`,
  nothing: '',
  'a comment': '# nothing yet\n',
  braces: 'spack: {}\n',
  'no value': 'spack:\n',
  'no specs': 'spack:\n  specs:   # none yet\n  view: true\n',
}
