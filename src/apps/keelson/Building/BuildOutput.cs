using System.Text.Json;
using Keelson.Docker;

namespace Keelson.Cli.Building;

/// <summary>What a build says, as it says it.</summary>
internal static class BuildOutput
{
    /// <summary>Shows the messages of a build.</summary>
    /// <param name="stream">The messages.</param>
    /// <param name="write">Gets text.</param>
    /// <param name="onAux">Gets what is for programs.</param>
    /// <returns>0, or the exit code of the command that failed, or 1.</returns>
    public static int Show(ByteStream stream, Action<string> write, Action<JsonElement> onAux)
    {
        JsonStream messages = new(stream);
        while (messages.Read(DockerJson.Default.ProgressMessage) is { } message)
        {
            if (message.ErrorDetail is not null || message.Error is not null)
            {
                Output.Flush();
                Output.Error(message.ErrorDetail?.Message ?? message.Error ?? "the engine has told no cause");
                return message.ErrorDetail?.Code is > 0 and var code ? code : 1;
            }
            if (message.Aux is { } aux) onAux(aux);
            else if (message.Stream is { } text) write(text);
            else if (message.Status is { } status) write(message.Id is { } id ? $"{id}: {status}\n" : status + "\n");
            Output.Flush();
        }
        return 0;
    }
}
