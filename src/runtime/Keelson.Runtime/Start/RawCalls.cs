using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace System.Runtime
{
    /// <summary>Names a symbol of the linked program that a method stands for. The ahead-of-time compiler knows it by name.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class RuntimeImportAttribute(string library, string symbol) : Attribute
    {
        public string Library => library;
        public string Symbol => symbol;
    }
}

namespace Keelson.Runtime.Start
{
    /// <summary>How the child makes system calls: without a transition that the garbage collector could stop.</summary>
    /// <remarks>
    /// After a clone only the calling thread lives on. A collection that was pending at that moment never ends in the child, so nothing there
    /// may poll for it. Every form of P/Invoke polls, also with SuppressGCTransition; the two implementations here do not.
    /// </remarks>
    internal unsafe interface IRawCalls
    {
        /// <summary>syscall(2) of libc: -1 on an error, with errno set.</summary>
        static abstract nint Syscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);

        /// <summary>errno of the calling thread.</summary>
        static abstract int LastError();
    }

    /// <summary>Ahead of time: a direct call of the linked symbol.</summary>
    internal readonly unsafe struct LinkedCalls : IRawCalls
    {
        [RuntimeImport("*", "syscall")]
        [MethodImpl(MethodImplOptions.InternalCall)]
        private static extern nint LinkedSyscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);

        [RuntimeImport("*", "__errno_location")]
        [MethodImpl(MethodImplOptions.InternalCall)]
        private static extern int* LinkedErrnoLocation();

        /// <summary>Where the code of <c>syscall</c> lies.</summary>
        public static nint SyscallAddress => (nint)(delegate*<nint, nint, nint, nint, nint, nint, nint, nint>)&LinkedSyscall;

        /// <summary>Where the code of <c>__errno_location</c> lies.</summary>
        public static nint ErrnoAddress => (nint)(delegate*<int*>)&LinkedErrnoLocation;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Syscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5) => LinkedSyscall(number, a0, a1, a2, a3, a4, a5);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static int LastError() => *LinkedErrnoLocation();
    }

    /// <summary>Just in time: a managed function pointer to the symbol. On x86-64 Linux the two conventions agree for integers.</summary>
    internal readonly unsafe struct PointerCalls : IRawCalls
    {
        // Read by the child through the plan's header would be purer; a static of a primitive type needs no helper call once the class is initialised.
        private static delegate*<nint, nint, nint, nint, nint, nint, nint, nint> syscall;
        private static delegate*<int*> errnoLocation;

        /// <summary>Resolves both symbols. To be called before the first clone.</summary>
        public static void Prepare()
        {
            nint libc = NativeLibrary.Load("libc.so.6");
            syscall = (delegate*<nint, nint, nint, nint, nint, nint, nint, nint>)NativeLibrary.GetExport(libc, "syscall");
            errnoLocation = (delegate*<int*>)NativeLibrary.GetExport(libc, "__errno_location");
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Syscall(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5) => syscall(number, a0, a1, a2, a3, a4, a5);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static int LastError() => *errnoLocation();
    }
}
