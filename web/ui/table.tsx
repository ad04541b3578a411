import clsx from 'clsx'
import type { ReactNode } from 'react'

export type Column<Row> = {
  readonly key: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  readonly isNumber?: boolean
  /** Left out on narrow screens; the drawer has it. */
  readonly isWideOnly?: boolean
}

type Props<Row> = {
  /** Names the table for those who don't see the heading above it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
  /** Opens the row's detail; `label` names the button in its first cell. */
  readonly onOpen?: (row: Row) => void
  readonly openLabel?: (row: Row) => string
}

export function Table<Row>({ label, columns, rows, rowKey, onOpen, openLabel }: Props<Row>) {
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={label}>
      <table aria-label={label} className="w-full border-collapse text-left">
        <thead>
          <tr className="border-b border-line bg-sunken/60">
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                className={clsx('whitespace-nowrap px-3 py-2 text-xs font-medium text-soft', cellClass(column))}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              className={clsx('border-b border-line last:border-0', onOpen && 'cursor-pointer hover:bg-sunken/50')}
              onClick={({ currentTarget }) => {
                // A click beside the button opens too; what opens gives the focus back to where it was.
                currentTarget.querySelector('button')?.focus()
                onOpen?.(row)
              }}
            >
              {columns.map((column, index) => (
                <td key={column.key} className={clsx('h-control px-3 py-1.5', cellClass(column))}>
                  {index === 0 && onOpen ? (
                    <button
                      type="button"
                      aria-label={openLabel?.(row)}
                      className="min-h-6 text-left font-medium text-ink underline-offset-4 hover:underline"
                    >
                      {column.cell(row)}
                    </button>
                  ) : (
                    column.cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const cellClass = <Row,>({ isNumber, isWideOnly }: Column<Row>): string =>
  clsx(isNumber && 'whitespace-nowrap text-right figures', isWideOnly && 'hidden md:table-cell')

/** The frame of a table: filters above, rows, and what is below. */
export function TableCard({
  filters,
  children,
  foot,
}: {
  readonly filters?: ReactNode
  readonly children: ReactNode
  readonly foot?: ReactNode
}) {
  return (
    <div className="overflow-hidden rounded-card border border-line bg-surface shadow-card">
      {filters && <div className="flex flex-wrap items-end gap-3 border-b border-line p-3">{filters}</div>}
      {children}
      {foot && <div className="border-t border-line p-2 text-center">{foot}</div>}
    </div>
  )
}
