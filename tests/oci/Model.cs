using System.Collections;
using System.Reflection;

namespace Keelson.Oci.Tests;

/// <summary>Compares models property by property.</summary>
internal static class Model
{
    /// <summary>Fails, with the path, unless two models have the same values throughout.</summary>
    public static void AssertEqual<T>(T expected, T actual) => AssertEqual(expected, actual, typeof(T).Name);

    /// <summary>The public properties of a type of the models; one that a test forgets shows here.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0);

    private static void AssertEqual(object? expected, object? actual, string path)
    {
        switch (expected)
        {
            case null:
                Assert.True(actual is null, $"{path}: expected null, is {actual}");
                break;
            case string or ValueType:
                Assert.True(expected.Equals(actual), $"{path}: expected {expected}, is {actual ?? "null"}");
                break;
            case IDictionary dictionary:
                Assert.Equal(dictionary.Keys.Cast<object>(), ((IDictionary)actual!).Keys.Cast<object>());
                foreach (object key in dictionary.Keys) AssertEqual(dictionary[key], ((IDictionary)actual)[key], $"{path}[{key}]");
                break;
            case Array array:
                Assert.True(array.Length == (actual as Array)?.Length, $"{path}: expected {array.Length} elements, has {(actual as Array)?.Length}");
                for (int i = 0; i < array.Length; i++) AssertEqual(array.GetValue(i), ((Array)actual!).GetValue(i), $"{path}[{i}]");
                break;
            default:
                Assert.True(actual is not null, $"{path} is missing");
                foreach (PropertyInfo property in Properties(expected.GetType())) AssertEqual(property.GetValue(expected), property.GetValue(actual), $"{path}.{property.Name}");
                break;
        }
    }
}
