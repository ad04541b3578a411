/**
 * Heron Logistics, its departments and people. A path names a department and its parents. Phones are numbers that ring
 * the handset; `password` is public and works in demo mode only.
 */
export const DEPARTMENTS = [
  { path: 'Management', mayCall: null, monthlyMinutes: null },
  { path: 'Dispatch', mayCall: null, monthlyMinutes: null },
  { path: 'Drivers', mayCall: 'anybody', monthlyMinutes: 300 },
  { path: 'Drivers/North', mayCall: null, monthlyMinutes: null },
  { path: 'Drivers/South', mayCall: null, monthlyMinutes: 180 },
  { path: 'Sales', mayCall: null, monthlyMinutes: null },
  { path: 'Finance', mayCall: null, monthlyMinutes: null },
] as const

export const PEOPLE = [
  { login: 'admin', name: '林岳 Lin Yue', department: 'Management', role: 'administrator', shows: 'administrator' },
  { login: 'driver', name: '陈立 Chen Li', department: 'Drivers/North', role: 'member', shows: 'driver' },
  { login: 'dispatch', name: '黄敏 Huang Min', department: 'Dispatch', role: 'member', shows: 'dispatcher' },
  {
    login: 'executive',
    name: '周安 Zhou An',
    department: 'Management',
    role: 'member',
    shows: 'shielded executive',
    isShielded: true,
  },
  {
    login: 'barred',
    name: '吴桐 Wu Tong',
    department: 'Finance',
    role: 'member',
    shows: 'may call nobody',
    mayCall: 'nobody',
  },
  {
    login: 'colleagues',
    name: '郑文 Zheng Wen',
    department: 'Finance',
    role: 'member',
    shows: 'may call colleagues only',
    mayCall: 'colleagues',
  },
  {
    login: 'suspended',
    name: '何森 He Sen',
    department: 'Drivers/South',
    role: 'member',
    shows: 'suspended',
    standing: 'suspended',
  },
  { login: 'sales', name: '苏晴 Su Qing', department: 'Sales', role: 'member', shows: 'seller' },
  { login: 'driver2', name: '马凯 Ma Kai', department: 'Drivers/North', role: 'member', shows: 'driver' },
  { login: 'driver3', name: '高远 Gao Yuan', department: 'Drivers/South', role: 'member', shows: 'driver' },
  {
    login: 'hidden',
    name: '谢兰 Xie Lan',
    department: 'Sales',
    role: 'member',
    shows: 'number hidden from colleagues',
    isNumberHidden: true,
  },
  { login: 'dispatch2', name: '唐军 Tang Jun', department: 'Dispatch', role: 'member', shows: 'dispatcher' },
] as const

export type Person = (typeof PEOPLE)[number]
