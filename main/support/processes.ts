/** Whether a process of this machine lives; one that belongs to someone else does, too. */
export function isAlive(pid: number): boolean {
  // 0 would ask for our own process group.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
