using System.Text;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>ps [--format table|json] ID [arguments of ps]</c>.</summary>
internal static class PsCommand
{
    /// <summary>Prints the IDs of a container's processes as JSON, or the lines that ps(1) of the host has about them.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        bool isJson = false;
        while (reader.NextOption() is { } name)
        {
            if (name is "format" or "f") isJson = reader.Choice("table", "json");
            else throw reader.Unknown();
        }
        string id = reader.RequirePositional("the container's ID");
        string[] arguments = reader.Rest();
        using Container container = options.NewRuntime().Open(id);
        if (isJson) Output.Write(Json(container.ProcessIds()));
        else Output.Write(container.ProcessTable(arguments.Length == 0 ? ["-ef"] : arguments));
        return 0;
    }

    /// <summary>As runC writes it: <c>null</c> for no processes.</summary>
    private static string Json(int[] ids)
    {
        if (ids.Length == 0) return "null\n";
        StringBuilder text = new("[");
        for (int i = 0; i < ids.Length; i++) text.Append(i == 0 ? "" : ",").Append(ids[i]);
        return text.Append("]\n").ToString();
    }
}
