import { useState } from 'react'
import { navigate } from '../../../app/use-route.ts'
import { errorBody } from '../../../client.ts'
import { useRegistries } from '../../../engine.ts'
import { ErrorPanel } from '../../../ui/ErrorPanel.tsx'
import { Waiting } from '../../../ui/Waiting.tsx'
import { AnyRepository } from './AnyRepository.tsx'
import { RegistryDetail } from './RegistryDetail.tsx'
import { RegistryDialog } from './RegistryDialog.tsx'
import { RegistryList } from './RegistryList.tsx'
import css from './registries.module.css'

/** Known registries at the left; the chosen one with its logins and the doctor, or the doctor for any repository. */
export function RegistriesSettings({ selected }: { readonly selected: string | undefined }) {
  const list = useRegistries()
  const [adding, setAdding] = useState(false)
  if (list.error) {
    return (
      <div className={css.main}>
        <ErrorPanel error={errorBody(list.error)} />
      </div>
    )
  }
  if (!list.data) return <Waiting words="Reading logins: docker’s, podman’s, their helpers’ and the keychain’s" />
  const { registries, presets, keychain } = list.data
  const registry = registries.find((r) => r.registry === selected)
  return (
    <div className={css.columns}>
      <RegistryList list={list.data} selected={registry?.registry} onAdd={() => setAdding(true)} />
      <div className={css.main}>
        {registry ? (
          // What was typed and found for one registry is not for the next.
          <RegistryDetail key={registry.registry} registry={registry} presets={presets} keychain={keychain} />
        ) : (
          <AnyRepository list={list.data} unknown={selected} onAdd={() => setAdding(true)} />
        )}
      </div>
      <RegistryDialog
        opened={adding}
        presets={presets}
        onClose={() => setAdding(false)}
        onSaved={(name) => navigate({ screen: 'settings', tab: 'registries', registry: name })}
      />
    </div>
  )
}
