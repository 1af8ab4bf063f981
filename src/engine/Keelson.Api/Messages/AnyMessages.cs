using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Keelson.Api;

/// <summary>Messages of any type as containerd writes them: the URL of the type is its full name, without a host in front.</summary>
internal static class AnyMessages
{
    /// <summary>Packs a message.</summary>
    public static Any Write(IMessage message) => new() { TypeUrl = message.Descriptor.FullName, Value = message.ToByteString() };

    /// <summary>Unpacks a message if it is of a type.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it says so and is not.</exception>
    public static bool TryRead<T>(Any? any, MessageParser<T> parser, [NotNullWhen(true)] out T? message) where T : class, IMessage<T>, new()
    {
        message = null;
        if (any is null || any.TypeUrl[(any.TypeUrl.LastIndexOf('/') + 1)..] != new T().Descriptor.FullName) return false;
        try
        {
            message = parser.ParseFrom(any.Value);
            return true;
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"read a message of type {any.TypeUrl}: it is damaged", e);
        }
    }
}
