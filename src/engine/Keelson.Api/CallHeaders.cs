using Grpc.Core;
using Keelson.Content;

namespace Keelson.Api;

/// <summary>What the headers of a call say.</summary>
internal static class CallHeaders
{
    internal const string NamespaceHeader = "containerd-namespace", LeaseHeader = "containerd-lease";

    extension(ServerCallContext context)
    {
        /// <summary>The namespace that the call is about.</summary>
        /// <exception cref="KeelsonException">FailedPrecondition: the header is missing. InvalidArgument: the name is no <see cref="Identifier"/>.</exception>
        public string Namespace() => context.OptionalNamespace()
            ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"call {context.Method}: namespace is required: there is no header {NamespaceHeader}");

        /// <summary>The namespace of a call that may have none; <see langword="null"/> then.</summary>
        /// <exception cref="KeelsonException">InvalidArgument: the name is no <see cref="Identifier"/>.</exception>
        public string? OptionalNamespace()
        {
            string? name = context.RequestHeaders.GetValue(NamespaceHeader);
            if (string.IsNullOrEmpty(name)) return null;
            Identifier.Check("namespace", name);
            return name;
        }

        /// <summary>The lease that holds what the call makes; <see langword="null"/> for none.</summary>
        public string? Lease() => context.RequestHeaders.GetValue(LeaseHeader) is { Length: > 0 } lease ? lease : null;
    }
}
