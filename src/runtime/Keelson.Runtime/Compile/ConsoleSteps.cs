using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Compile;

/// <summary>Steps around a pseudo-terminal: pty(7), ioctl_tty(2).</summary>
internal static class ConsoleSteps
{
    private const uint TIOCSPTLCK = 0x40045431, TIOCGPTPEER = 0x5441, TIOCSWINSZ = 0x5414, TIOCSCTTY = 0x540e;
    private const int MSG_NOSIGNAL = 0x4000;

    /// <summary>Unlocks a new pseudo-terminal, opens its slave and sends its master over a socket.</summary>
    /// <param name="plan">Where the steps go.</param>
    /// <param name="master">An open <c>ptmx</c>; it is closed.</param>
    /// <param name="socket">A connected unix socket.</param>
    /// <param name="size">Rows and columns; unset for the kernel's default.</param>
    /// <param name="withSlave">Adds steps while the slave is known to belong to the master.</param>
    /// <returns>The slave.</returns>
    public static unsafe Slot Open(SyscallPlan plan, Slot master, int socket, ConsoleSize? size, Action<Slot> withSlave)
    {
        // Only a terminal multiplexer of a devpts is one: an image can put any file there.
        nint fileSystem = plan.Allocate(sizeof(FileSystemStatus));
        plan.Call("fstatfs", "/dev/pts/ptmx", Syscall.fstatfs, master, fileSystem);
        plan.Expect("open console /dev/pts/ptmx: not on devpts", null, fileSystem, FileSystemMagic.DEVPTS_SUPER_MAGIC, -1, Errno.ENODEV);
        Slot slave = plan.NewSlot();
        plan.Call("unlock", "console", Syscall.ioctl, master, TIOCSPTLCK, plan.Value(0));
        plan.Call("open", "console", Syscall.ioctl, master, TIOCGPTPEER, (int)(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC)).Into(slave);
        if (size is not null && (size.Height != 0 || size.Width != 0))
        {
            nint window = plan.Allocate(8);
            ((ushort*)window)[0] = (ushort)size.Height;
            ((ushort*)window)[1] = (ushort)size.Width;
            plan.Call("set size of", "console", Syscall.ioctl, master, TIOCSWINSZ, window);
        }
        withSlave(slave);
        SendDescriptor(plan, socket, master, "/dev/ptmx");
        plan.Call("close", null, Syscall.close, master);
        return slave;
    }

    /// <summary>Makes a terminal the controlling one and the three standard streams. The process must lead a session.</summary>
    public static void Attach(SyscallPlan plan, Slot slave)
    {
        plan.Call("set controlling terminal", null, Syscall.ioctl, slave, TIOCSCTTY, 0);
        for (int i = 0; i < 3; i++) plan.Call("dup3", "console", Syscall.dup3, slave, i, 0);
        plan.Call("close", null, Syscall.close, slave);
    }

    private static unsafe void SendDescriptor(SyscallPlan plan, int socket, Slot descriptor, string name)
    {
        // The number lands in the control message when it is known: a step stores it there.
        nint control = plan.Allocate(24);
        *(ulong*)control = 20;
        ((int*)control)[2] = 1;
        ((int*)control)[3] = 1;
        byte[] text = System.Text.Encoding.UTF8.GetBytes(name);
        IoVector vector = new() { Base = (byte*)plan.Bytes(text), Length = (nuint)text.Length };
        MessageHeader message = new() { Vectors = (IoVector*)plan.Value(vector), VectorCount = 1, Control = (byte*)control, ControlLength = 24 };
        plan.StoreInt(descriptor, control + 16);
        plan.Call("send", "console", Syscall.sendmsg, socket, plan.Value(message), MSG_NOSIGNAL);
    }
}
