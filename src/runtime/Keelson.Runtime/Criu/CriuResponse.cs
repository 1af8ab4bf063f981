using System.Text;
using Keelson.Protobuf;

namespace Keelson.Runtime.Criu;

/// <summary>What criu answers, or the notice of a point that it has reached. criu.org "RPC".</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Success">Whether that was done.</param>
/// <param name="Notice">Name of the point, when it is a notice.</param>
/// <param name="Pid">The restored process, as this process counts; 0 when there is none.</param>
/// <param name="ErrorNumber">errno of what went wrong; 0 when criu does not say.</param>
/// <param name="ErrorMessage">What went wrong; <see langword="null"/> when criu does not say.</param>
internal readonly record struct CriuResponse(CriuRequestKind Kind, bool Success, string? Notice, int Pid, int ErrorNumber, string? ErrorMessage)
{
    /// <summary>Reads a message.</summary>
    /// <exception cref="KeelsonException">DataLoss: it is damaged.</exception>
    public static CriuResponse Parse(ReadOnlySpan<byte> message)
    {
        CriuResponse response = default;
        ProtobufReader reader = new(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: response = response with { Kind = (CriuRequestKind)reader.Number }; break;
                case 2: response = response with { Success = reader.Number != 0 }; break;
                case 4: response = response with { Pid = ReadPid(reader.Bytes, field: 1) }; break;
                case 5: response = response with { Notice = ReadScript(reader.Bytes), Pid = ReadPid(reader.Bytes, field: 2) }; break;
                case 7: response = response with { ErrorNumber = (int)reader.Number }; break;
                case 9: response = response with { ErrorMessage = Encoding.UTF8.GetString(reader.Bytes) }; break;
            }
        }
        return response;
    }

    private static int ReadPid(ReadOnlySpan<byte> message, int field)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field == field)
                return (int)reader.Number;
        return 0;
    }

    private static string ReadScript(ReadOnlySpan<byte> message)
    {
        ProtobufReader reader = new(message);
        while (reader.Next())
            if (reader.Field == 1)
                return Encoding.UTF8.GetString(reader.Bytes);
        return "";
    }
}
