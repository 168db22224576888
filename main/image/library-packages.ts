/** Who brings a library: Debian's package (its name in any release that is still supported), and Spack's. */
interface LibraryPackages {
  readonly debian: string
  readonly spack?: string
}

const gcc = (debian: string): LibraryPackages => ({ debian, spack: 'gcc-runtime' })

/**
 * Libraries that Spack's packages take from the system most often. For rpm there is nothing to list: `dnf` and `zypper`
 * install a library by its name.
 */
const packages: Readonly<Record<string, LibraryPackages>> = {
  'libstdc++.so.6': gcc('libstdc++6'),
  'libgcc_s.so.1': gcc('libgcc-s1'),
  'libgomp.so.1': gcc('libgomp1'),
  'libgfortran.so.5': gcc('libgfortran5'),
  'libquadmath.so.0': gcc('libquadmath0'),
  'libatomic.so.1': gcc('libatomic1'),
  'libitm.so.1': gcc('libitm1'),
  'libcrypt.so.1': { debian: 'libcrypt1', spack: 'libxcrypt' },
  'libz.so.1': { debian: 'zlib1g', spack: 'zlib-api' },
  'libbz2.so.1.0': { debian: 'libbz2-1.0', spack: 'bzip2' },
  'liblzma.so.5': { debian: 'liblzma5', spack: 'xz' },
  'libzstd.so.1': { debian: 'libzstd1', spack: 'zstd' },
  'liblz4.so.1': { debian: 'liblz4-1', spack: 'lz4' },
  'libssl.so.3': { debian: 'libssl3', spack: 'openssl' },
  'libcrypto.so.3': { debian: 'libssl3', spack: 'openssl' },
  'libssl.so.1.1': { debian: 'libssl1.1', spack: 'openssl' },
  'libcrypto.so.1.1': { debian: 'libssl1.1', spack: 'openssl' },
  'libcurl.so.4': { debian: 'libcurl4', spack: 'curl' },
  'libexpat.so.1': { debian: 'libexpat1', spack: 'expat' },
  'libxml2.so.2': { debian: 'libxml2', spack: 'libxml2' },
  'libffi.so.8': { debian: 'libffi8', spack: 'libffi' },
  'libtinfo.so.6': { debian: 'libtinfo6', spack: 'ncurses' },
  'libncurses.so.6': { debian: 'libncurses6', spack: 'ncurses' },
  'libncursesw.so.6': { debian: 'libncursesw6', spack: 'ncurses' },
  'libreadline.so.8': { debian: 'libreadline8', spack: 'readline' },
  'libsqlite3.so.0': { debian: 'libsqlite3-0', spack: 'sqlite' },
  'libgdbm.so.6': { debian: 'libgdbm6', spack: 'gdbm' },
  'libuuid.so.1': { debian: 'libuuid1', spack: 'util-linux-uuid' },
  'libacl.so.1': { debian: 'libacl1', spack: 'acl' },
  'libattr.so.1': { debian: 'libattr1', spack: 'attr' },
  'libselinux.so.1': { debian: 'libselinux1' },
  'libsystemd.so.0': { debian: 'libsystemd0' },
  'libudev.so.1': { debian: 'libudev1' },
  'libpcre2-8.so.0': { debian: 'libpcre2-8-0', spack: 'pcre2' },
  'libgmp.so.10': { debian: 'libgmp10', spack: 'gmp' },
  'libmpfr.so.6': { debian: 'libmpfr6', spack: 'mpfr' },
  'libnsl.so.2': { debian: 'libnsl2', spack: 'libnsl' },
  'libtirpc.so.3': { debian: 'libtirpc3', spack: 'libtirpc' },
  'libnuma.so.1': { debian: 'libnuma1', spack: 'numactl' },
  'libibverbs.so.1': { debian: 'libibverbs1', spack: 'rdma-core' },
  'librdmacm.so.1': { debian: 'librdmacm1', spack: 'rdma-core' },
  'libmagic.so.1': { debian: 'libmagic1', spack: 'file' },
  'libmpi.so.40': { debian: 'libopenmpi3', spack: 'openmpi' },
  'libX11.so.6': { debian: 'libx11-6', spack: 'libx11' },
  'libXext.so.6': { debian: 'libxext6', spack: 'libxext' },
  'libXt.so.6': { debian: 'libxt6', spack: 'libxt' },
  'libxcb.so.1': { debian: 'libxcb1', spack: 'libxcb' },
  'libGL.so.1': { debian: 'libgl1', spack: 'libglvnd' },
  'libEGL.so.1': { debian: 'libegl1', spack: 'libglvnd' },
  'libfontconfig.so.1': { debian: 'libfontconfig1', spack: 'fontconfig' },
  'libfreetype.so.6': { debian: 'libfreetype6', spack: 'freetype' },
}

/** Programs that scripts are written for, where the package is not called as they are. */
const programs: Readonly<Record<string, LibraryPackages>> = {
  sh: { debian: 'dash', spack: 'bash' },
  awk: { debian: 'gawk', spack: 'gawk' },
  nawk: { debian: 'gawk', spack: 'gawk' },
  csh: { debian: 'csh', spack: 'tcsh' },
  python: { debian: 'python-is-python3', spack: 'python' },
  python3: { debian: 'python3', spack: 'python' },
  tclsh: { debian: 'tcl', spack: 'tcl' },
  wish: { debian: 'tk', spack: 'tk' },
  node: { debian: 'nodejs', spack: 'node-js' },
  Rscript: { debian: 'r-base-core', spack: 'r' },
  php: { debian: 'php-cli', spack: 'php' },
  lua: { debian: 'lua5.4', spack: 'lua' },
}

/** Undefined for a library that is in no list of ours. */
export function packagesOfLibrary(soname: string): LibraryPackages | undefined {
  return Object.hasOwn(packages, soname) ? packages[soname] : undefined
}

export function packagesOfProgram(name: string): LibraryPackages {
  return (Object.hasOwn(programs, name) ? programs[name] : undefined) ?? { debian: name, spack: name }
}

/** Libraries of a machine's own drivers: they belong to no image, and runtimes put them into containers. */
export function isOfDriver(soname: string): boolean {
  return /^lib(cuda|nvidia-.*|nvcuvid)\.so\.\d+$/.test(soname)
}
