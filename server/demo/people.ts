import type { Department } from '#directory'
import { durationMs, newId, parseE164, type DepartmentId, type E164, type OrganizationId } from '#kernel'
import { passwordOf } from './accounts.ts'
import { TEST_NUMBERS } from './numbers-table.ts'
import { DEPARTMENTS, PEOPLE, type Person } from './people-table.ts'
import type { SeedParts } from './seed-parts.ts'
import { done, mustBe } from './sure.ts'

/** A phone that rings the handset: the next number for each person of the table. */
const phoneOf = (person: Person): E164 =>
  mustBe(parseE164(`+861390000${String(101 + PEOPLE.indexOf(person)).padStart(4, '0')}`))

export async function seedPeople(parts: SeedParts, organizationId: OrganizationId): Promise<void> {
  const departments = await seedDepartments(parts, organizationId)
  for (const person of PEOPLE)
    await seedPerson(person, { parts, organizationId, departmentId: mustBe(departments.get(person.department)) })
}

async function seedDepartments(
  { stores, at }: SeedParts,
  organizationId: OrganizationId,
): Promise<ReadonlyMap<string, DepartmentId>> {
  const ids = new Map<string, DepartmentId>()
  for (const { path, mayCall, monthlyMinutes } of DEPARTMENTS) {
    const [parent, name] = path.includes('/')
      ? [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
      : [null, path]
    const department: Department = {
      id: newId(at),
      organizationId,
      parentId: parent === null ? null : mustBe(ids.get(parent)),
      name,
      depth: path.split('/').length - 1,
      limits: { mayCall, monthlyMs: monthlyMinutes === null ? null : durationMs(monthlyMinutes * 60_000) },
    }
    await stores.directory.createDepartment(department)
    ids.set(path, department.id)
  }
  return ids
}

type Place = { readonly parts: SeedParts; readonly organizationId: OrganizationId; readonly departmentId: DepartmentId }

async function seedPerson(person: Person, { parts, organizationId, departmentId }: Place): Promise<void> {
  const { stores, passwords, at } = parts
  const memberId = newId<'member'>(at)
  done(
    await stores.directory.createMember({
      id: memberId,
      organizationId,
      name: person.name,
      login: person.login,
      role: person.role,
      standing: 'standing' in person ? person.standing : 'active',
      phone: phoneOf(person),
      extension: String(801 + PEOPLE.indexOf(person)),
      departmentIds: [departmentId],
      tags: [],
      isShielded: 'isShielded' in person,
      isNumberHidden: 'isNumberHidden' in person,
      limits: { mayCall: 'mayCall' in person ? person.mayCall : null, monthlyMs: null },
      workingHours: null,
      language: null,
    }),
  )
  await stores.identity.setPassword(memberId, await passwords.hash(passwordOf(person.login)))
  for (const { name, number } of TEST_NUMBERS) {
    await stores.directory.saveContact(organizationId, { memberId, name, number: mustBe(parseE164(number)) })
  }
}
