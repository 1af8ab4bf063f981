using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Containers;

/// <summary>Parameters <c>w</c> and <c>h</c>.</summary>
internal static class TerminalSize
{
    /// <summary>Columns and rows.</summary>
    /// <exception cref="ApiException">400: one is missing or out of range.</exception>
    public static (uint Columns, uint Rows) Of(Call call)
    {
        int columns = call.Query.Integer("w") ?? throw ApiException.BadRequest("parameter w: is missing"), rows = call.Query.Integer("h") ?? throw ApiException.BadRequest("parameter h: is missing");
        return columns is >= 0 and <= ushort.MaxValue && rows is >= 0 and <= ushort.MaxValue ? ((uint)columns, (uint)rows) : throw ApiException.BadRequest("the size of the terminal is out of range");
    }
}
