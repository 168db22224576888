import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import type { RegistryList } from '../../../../main/api/registries.ts'
import { RepositoryCheck } from './RepositoryCheck.tsx'
import css from './registries.module.css'

interface AnyProps {
  readonly list: RegistryList
  /** A registry that the address names and nobody knows here. */
  readonly unknown: string | undefined
  readonly onAdd: () => void
}

/** The doctor for a repository of any registry; where no registry is known yet, how one comes to stand here. */
export function AnyRepository({ list, unknown, onAdd }: AnyProps) {
  const recent = list.registries.flatMap((r) => r.recent)
  return (
    <>
      <header className={css.header}>
        <h2 className={css.name}>Doctor</h2>
      </header>
      <p className={css.intro}>
        Tries one repository step by step, as a push would: from the registry’s name to a throw-away blob, which it
        takes back. Of what fails it says why, and what to do.
      </p>
      {unknown !== undefined && <p>{unknown} is not among the registries that are known here.</p>}
      <RepositoryCheck key={unknown} prefix="" start={unknown === undefined ? '' : `${unknown}/`} recent={recent} />
      {list.registries.length === 0 && (
        <div className={css.none}>
          <p>
            No registry is known yet. One stands here once it is added, logged in to with docker or podman, named by a
            mirror of Spack, or pushed to. A push needs none of that: it asks for the registry itself.
          </p>
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={onAdd}>
            Add a registry…
          </Button>
        </div>
      )}
    </>
  )
}
