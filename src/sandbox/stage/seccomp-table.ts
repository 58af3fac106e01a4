/** Architectures a process can make calls for, by the value the kernel reports (linux/audit.h). */
export const auditArchitectures = {
  x86_64: 0xc000003e,
  aarch64: 0xc00000b7,
  i386: 0x40000003,
  arm: 0x40000028,
};
export type CallArchitecture = keyof typeof auditArchitectures;
const columns: readonly CallArchitecture[] = ["x86_64", "aarch64", "i386", "arm"];

/**
 * Calls that fail with EPERM inside, with their numbers by architecture. Docker's profile lists what is allowed instead; this is what that leaves out, so that
 * what is new and unknown is found by its number (newestCall), not by a list that must name everything else.
 */
const denied = `
                        x86_64 aarch64  i386   arm
# Mounts and namespaces
mount                      165      40    21    21
umount                       -       -    22     -
umount2                    166      39    52    52
pivot_root                 155      41   217   218
open_tree                  428     428   428   428
move_mount                 429     429   429   429
fsopen                     430     430   430   430
fsconfig                   431     431   431   431
fsmount                    432     432   432   432
fspick                     433     433   433   433
mount_setattr              442     442   442   442
open_tree_attr             467     467   467   467
unshare                    272      97   310   337
setns                      308     268   346   375
# Kernel code and its state
init_module                175     105   128   128
finit_module               313     273   350   379
delete_module              176     106   129   129
create_module              174       -   127     -
get_kernel_syms            177       -   130     -
query_module               178       -   167     -
kexec_load                 246     104   283   347
kexec_file_load            320     294     -   401
bpf                        321     280   357   386
perf_event_open            298     241   336   364
userfaultfd                323     282   374   388
lookup_dcookie             212      18   253   249
fanotify_init              300     262   338   367
syslog                     103     116   103   103
_sysctl                    156       -   149   149
sysfs                      139       -   135   135
ustat                      136       -    62    62
uselib                     134       -    86    86
nfsservctl                 180      42   169   169
vserver                    236       -   273   313
# io_uring is a second way to make calls, past this filter
io_uring_setup             425     425   425   425
io_uring_enter             426     426   426   426
io_uring_register          427     427   427   427
# Keys belong to the user, not to a namespace
add_key                    248     217   286   309
request_key                249     218   287   310
keyctl                     250     219   288   311
# The machine
reboot                     169     142    88    88
swapon                     167     224    87    87
swapoff                    168     225   115   115
acct                       163      89    51    51
quotactl                   179      60   131   131
quotactl_fd                443     443   443   443
settimeofday               164     170    79    79
clock_settime              227     112   264   262
clock_settime64              -       -   404   404
stime                        -       -    25     -
sethostname                170     161    74    74
setdomainname              171     162   121   121
iopl                       172       -   110     -
ioperm                     173       -   101     -
vhangup                    153      58   111   111
vm86                         -       -   166     -
vm86old                      -       -   113     -
pciconfig_iobase             -       -     -   271
pciconfig_read               -       -     -   272
pciconfig_write              -       -     -   273
# Memory policy, and other processes
get_mempolicy              239     236   275   320
set_mempolicy              238     237   276   321
set_mempolicy_home_node    450     450   450   450
mbind                      237     235   274   319
migrate_pages              256     238   294   400
move_pages                 279     239   317   344
kcmp                       312     272   349   378
pidfd_getfd                438     438   438   438
process_madvise            440     440   440   440
# Opens files past every path
open_by_handle_at          304     265   342   371
`;

/** Calls that are looked at more closely: seccomp.ts has a rule for each. */
const inspected = `
                        x86_64 aarch64  i386   arm
clone                       56     220   120   120
clone3                     435     435   435   435
personality                135      92   136   136
socket                      41     198   359   281
`;

/** With a single uid: calls that are answered with success and do nothing, because no other owner exists. */
const ownership = `
                        x86_64 aarch64  i386   arm
chown                       92       -   182   182
fchown                      93      55    95    95
lchown                      94       -    16    16
fchownat                   260      54   298   325
chown32                      -       -   212   212
fchown32                     -       -   207   207
lchown32                     -       -   198   198
setuid                     105     146    23    23
setgid                     106     144    46    46
setreuid                   113     145    70    70
setregid                   114     143    71    71
setresuid                  117     147   164   164
setresgid                  119     149   170   170
setgroups                  116     159    81    81
setfsuid                   122     151   138   138
setfsgid                   123     152   139   139
setuid32                     -       -   213   213
setgid32                     -       -   214   214
setreuid32                   -       -   203   203
setregid32                   -       -   204   204
setresuid32                  -       -   208   208
setresgid32                  -       -   210   210
setgroups32                  -       -   206   206
setfsuid32                   -       -   215   215
setfsgid32                   -       -   216   216
`;

/** With a single uid: success without effect where they would make a device. */
const deviceMaking = `
                        x86_64 aarch64  i386   arm
mknod                      133       -    14    14
mknodat                    259      33   297   324
`;

/** The newest call that was looked at for these tables (Linux 6.17). Later ones fail with ENOSYS, and programs fall back. */
export const newestCall = 469;

function parse(table: string, architecture: CallArchitecture): Map<string, number> {
  const column = columns.indexOf(architecture) + 1;
  const calls = new Map<string, number>();
  for (const line of table.split("\n").slice(2)) {
    const cells = line.trim().split(/\s+/);
    if (cells[0] === "" || cells[0]!.startsWith("#")) continue;
    if (cells[column] !== "-") calls.set(cells[0]!, Number(cells[column]));
  }
  return calls;
}

/** The tables for one architecture: name → number. */
export function callTables(architecture: CallArchitecture) {
  return {
    denied: parse(denied, architecture),
    inspected: parse(inspected, architecture),
    ownership: parse(ownership, architecture),
    deviceMaking: parse(deviceMaking, architecture),
  };
}
