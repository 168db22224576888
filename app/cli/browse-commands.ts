import { type Command, Option } from 'commander'
import { addAccessOptions, addRepositoryOptions } from './repository-options.ts'

/** The commands that look into a repository: names, options and help. */
export function addBrowsing(program: Command): void {
  addRepositoryOptions(program.command('list'))
    .description('list what a repository holds: packages, images, and whether its index knows them')
    .argument('<repository>', 'oci://host/name, oci+http://host/name, oci-layout:///folder, or a mirror')
    .argument('[spec...]', 'only these packages: hdf5@1.14 +mpi %gcc target=zen4, /hash')
    .optionsGroup('How:')
    .option('--sizes', 'also sizes and dates: reads every manifest, each once ever')
    .option('--json', 'print one JSON document')
    .addHelpText('after', listHelp)
    .action(async (repository, specs, options) => (await import('./list.ts')).list(repository, specs, options))
  addRepositoryOptions(program.command('show'))
    .description('show one image layer by layer, or what a repository holds in short')
    .argument('<reference>', 'oci://host/name:tag, …@sha256:…, mirror:tag, or a repository')
    .optionsGroup('How:')
    .option('--json', 'print one JSON document')
    .addHelpText('after', showHelp)
    .action(async (reference, options) => (await import('./show.ts')).show(reference, options))
  addRepositoryOptions(program.command('diff'))
    .description('compare two images: layers, packages, environment variables')
    .argument('<left>', 'oci://host/name:tag, …@sha256:…, or mirror:tag')
    .argument('<right>', 'the same; or only a tag or digest of the same repository')
    .optionsGroup('How:')
    .option('--json', 'print one JSON document')
    .addHelpText('after', diffHelp)
    .action(async (left, right, options) => (await import('./diff.ts')).diff(left, right, options))
  addFiles(program)
  addExplain(program)
}

function addFiles(program: Command): void {
  addRepositoryOptions(program.command('files'))
    .description('list the files of a package or an image, or print one')
    .argument('<reference>', 'one image: oci://host/name:tag, oci-layout:///folder:tag, mirror:tag, …@sha256:…')
    .argument('[path]', 'a folder to list, or a file to print, as it is')
    .optionsGroup('Which layer:')
    .addOption(new Option('--layer <digest>', 'this one, or the one whose digest begins so').conflicts('all'))
    .option('--all', 'all layers, not only the last one, which is the package itself')
    .optionsGroup('How:')
    .option('--json', 'print one JSON document: the list, or the beginning of the file with what is known of it')
    .addHelpText('after', filesHelp)
    .action(async (reference, path, options) => (await import('./files.ts')).files(reference, path, options))
}

function addExplain(program: Command): void {
  const explain = program
    .command('explain')
    .description('say why a build cache was not used: what it holds instead, and how that differs')
    .argument('[spec...]', 'packages of the environment, or specs that might be asked for (default: all roots)')
    .optionsGroup('What and where:')
    .option('-e, --env <environment>', 'a name, or a folder with a spack.lock (default: $SPACK_ENV)')
    .option('--spack <dir>', 'the Spack installation (default: $SPACK_ROOT, or found)')
    .option('--sysroot <dir>', 'a folder that stands for / in every path that this Spack wrote')
    .option('--from <cache>', "oci://host/name, or a mirror (default: the environment's only OCI mirror)")
  addAccessOptions(explain)
    .optionsGroup('How:')
    .option('--all', 'every package of the environment, not its roots alone')
    .option('--json', 'print one JSON document')
    .addHelpText('after', explainHelp)
    .action(async (specs, options) => (await import('./explain.ts')).explain(specs, options))
}

const explainHelp = `
A build is another one as soon as its DAG hash is: with another version, variant,
compiler, target, operating system or libc, with a changed recipe, or with a
dependency of which this is so. Dependencies are followed down to the first cause.

A spec may be what Spack printed of its plan, several lines at once: of spack spec
-I, spack concretize or spack install. What is installed already is passed over.

Exit status: 0 every package is in the cache and nothing stands in the way;
1 some are not, or it failed; 2 wrong usage.

Examples:
  strata explain --env ./my-env
  strata explain vim --env tools --from oci://ghcr.io/me/cache
  strata explain "hdf5@1.14 +mpi %gcc@13" --from oci://ghcr.io/me/cache
  strata explain --env tools "$(spack -e tools spec -Il hdf5)"
`

const listHelp = `
A spec is written as for Spack: name, @version, %compiler@version, target=, os=,
+variant, ~variant, name=value, ^dependency, /hash. Words of one spec go
together in quotes; a package is listed that fits any of the specs.

Examples:
  strata list oci://ghcr.io/me/cache
  strata list oci://ghcr.io/me/cache "hdf5@1.14 +mpi %gcc@13" zlib
  strata list oci-layout:///tmp/cache --sizes
`

const showHelp = `
Who else uses a layer is known when every manifest of the repository has been
read: the first time takes a moment, after that only what is new is read.

Examples:
  strata show oci://ghcr.io/me/cache:tools
  strata show oci://ghcr.io/me/cache
`

const diffHelp = `
Examples:
  strata diff oci://ghcr.io/me/cache:tools-1 tools-2
  strata diff oci://ghcr.io/me/cache:tools oci-layout:///tmp/cache:tools
`

const filesHelp = `
A path is that of the archive, or begins at the prefix of the package.

Layers are read as they stream from the registry and kept nowhere. A printed file
is read up to its end; that the whole layer is what its digest says is verified
by a list, which reads all of it, and by strata check --deep.

Exit status: 0 done; 1 failed, or the list had to end early; 2 wrong usage.

Examples:
  strata files oci://ghcr.io/me/cache:zlib-1.3-abc….spack
  strata files oci://ghcr.io/me/cache:zlib-1.3-abc….spack include/zlib.h
  strata files docker.io/library/ubuntu:24.04 etc/os-release
`
